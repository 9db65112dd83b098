"""What the load generator itself reads wrong on this machine, and up to which load that is little.

A null chat server knows when it sent each chunk and what each turn had taken. What the generator reports beyond that
is the generator's own error. It is measured at rising load.
"""

"""What about this machine would spoil a measurement, and the command that mends it.

All readings are taken in one place, in about two seconds and without changing anything; the checks judge them.
"""

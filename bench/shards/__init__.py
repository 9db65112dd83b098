"""Independent shards: several machines make one load, with nothing between them but a folder that all of them see.

Each measures its share of the same plan and keeps what it saw; `bench.merge` makes one run of it. What is shared may be
a bucket: so every file is written once, whole, and never changed, and whoever waits looks at what names there are.
"""

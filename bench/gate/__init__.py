"""A regression gate: two revisions of the servers, measured in turns on one machine, and whether the newer is worse.

`rule` decides, and is pure; `make` measures; `record` is what stays of it.
"""

"""Load from other machines: a run as the master of workers, and a worker that follows it from execution to execution.

The two speak over a connection of their own, which says what to do next; the load itself, and its records, go over
Locust's. Neither is encrypted or asks for a password: both belong on a network whose machines are trusted.
"""

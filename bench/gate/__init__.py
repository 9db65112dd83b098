"""Whether a change makes a chat server slower: two revisions of `servers/` measured against each other.

Each runs from its own checkout beside its own packages; the harness that measures is the code that is running.
"""

"""A chat server without Gemini whose every delay is known: what a load generator is held against.

It speaks the `/live` protocol and tells in each chunk when it was sent and what the turn had taken by then. Cheap and
exact rather than complete: one thread, raw sockets, one clock.
"""

"""The load generator against the plain recipe: how right each reads, what that costs it, and how far it goes.

Both make the same load, in turn, against fresh null chat servers, which know when each chunk left. What a generator
reports beyond that is its own error.
"""

"""The systems under test: two chat servers in front of Gemini Live, and the stand-in for Gemini itself.

Nothing here imports from `loadtests` or `bench`: a server does not know that it is measured.
"""

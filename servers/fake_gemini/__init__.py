"""The fake Gemini: a stand-in for the Live API that speaks the same wire, with a timing that is known and seeded.

It runs as a process of its own (`python -m servers.fake_gemini`), so that the unmodified google-genai SDK talks to it
over a real TLS WebSocket, and so that its work never counts as the work of the chat server under test.
"""

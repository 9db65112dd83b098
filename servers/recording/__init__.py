"""Recordings of what passes between a chat server and Gemini: a relay that makes them, and what reads them again.

`python -m servers.recording --to URL --into FILE` listens like the fake Gemini does and passes everything on. A
recording is NDJSON (in a name that ends in .gz, gzip): a first line with the schema `gemini-live-bench.recording.v1`,
one line for each thing that passed, with its time in seconds since its session began, and a last line that says
that nothing is missing. It holds no key, no token and no resumption handle, and nobody's words unless asked to.
"""

"""`live-bench calibrate`: recordings of a real model turned into a timing profile of the fake Gemini.

A profile is a few numbers, so it never is what was recorded. How far it lies from that is drawn and told beside it.
"""

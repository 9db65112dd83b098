"""How many chunks a core can carry: of the fake Gemini by itself, and of each chat server in front of it.

The fake must never be what is measured, and this shows by how much it is not. Whoever is measured gets a core to
itself and a model without waits.
"""

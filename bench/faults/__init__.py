"""What goes wrong on purpose, and what people see of it.

`account` is what the fake Gemini says struck whom, `placing` finds the turn that each fault fell on, `seeing` says what
the person saw of it, and `record` is how that is stored. Pure, but for `afterwards`, which looks at a server.
"""

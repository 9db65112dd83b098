"""What goes wrong, on purpose: a script says which faults strike, when and how often, and the fake suffers them.

`kinds` is the table of all faults, `script` reads a script, `schedule` decides when one is due, `effects` does it, and
`armed` keeps the account of what struck whom. Where no script is armed nothing here is asked twice a turn.
"""

"""Proof that the gate works on this machine: faults that are put in on purpose, each of which it has to find."""

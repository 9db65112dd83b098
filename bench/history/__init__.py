"""How the numbers went over many runs, and between which commits they changed: `live-bench history`."""

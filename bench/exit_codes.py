"""What `live-bench` leaves with. 0 is: done, and nothing against it."""

MISSED = 1
"""A regression, an objective missed, nothing certified."""
CANNOT = 2
"""The user can mend it."""
INVALID = 3
"""The measurement says nothing."""
INCONCLUSIVE = 4
"""It allows both."""
FAULT = 70
"""A fault of ours, told with its traceback; Python's own 1 would be taken for a finding (EX_SOFTWARE of sysexits.h)."""
INTERRUPTED = 130
"""Ended by hand."""

"""The one error of this room."""


class RecordingError(ValueError):
    """What the user can mend: a recording that cannot be read or made, or an address that cannot be relayed to.

    The message is one line: what happened, where, and what to do.
    """

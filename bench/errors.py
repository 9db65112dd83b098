"""The one error that is the user's to mend."""


class BenchError(Exception):
    """The person at the keyboard can fix this. The message says what happened, where, and what to do next.

    The command line prints it as one line and exits with 2; any other exception is our fault and stays loud.
    """

    ends_the_run = False
    """Whether what comes after would fail by it too."""


class ServerNotReady(BenchError):
    """A server that was started ended, or did not answer, before anybody could talk to it."""

"""How many files and sockets a process may open: enough for the load, or a clear word beforehand."""

import resource

from bench.errors import BenchError

DESCRIPTORS_PER_SESSION = 10
"""The hungriest is a blocking server: each of its sessions owns an event loop besides its two sockets."""
DESCRIPTORS_BESIDES = 200


def allow_sessions(sessions: int, each: int = DESCRIPTORS_PER_SESSION) -> None:
    """Raises this process's limit, which all that it starts inherit, to what so many sessions need, `each` of them.

    Raises BenchError where the system does not let it.
    """
    needed = sessions * each + DESCRIPTORS_BESIDES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise BenchError(
            f"{sessions} sessions need {needed} file descriptors a process and the hard limit is {hard}: raise it "
            f"(as root: ulimit -Hn {needed}) or ask for fewer sessions"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))

"""How many files and sockets a server may have open."""

import resource

DESCRIPTORS = 65_536


def allow_many_sessions() -> None:
    """Each session holds a file descriptor, and the usual soft limit is 1024 of them: raise it as far as we may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))

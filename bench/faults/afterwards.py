"""What a server still holds when everybody has left it."""

import time

from bench.monitor import Size, look

PATIENCE_SECONDS = 5.0
"""How long a server may take to let go of what its sessions held."""
_LOOK_SECONDS = 0.25
_SPARE_DESCRIPTORS = 2
"""By how many more it may hold and still be said to have let go: logs that were opened, a pool of one."""


def size_afterwards(pid: int, before: Size | None) -> Size | None:
    """Its size once it holds no more descriptors than before anybody came, or when it has had time enough for that.

    None where it has gone.
    """
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while (sample := look(pid)) and sample.size:
        let_go = before is not None and sample.size.descriptors <= before.descriptors + _SPARE_DESCRIPTORS
        if let_go or time.monotonic() >= give_up_at:
            return sample.size
        time.sleep(_LOOK_SECONDS)
    return None

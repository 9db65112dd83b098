"""Whether the kernel notes when bytes arrive, tried as the load uses it: over a TCP connection on loopback."""

import socket
import sys
import time

PATIENCE_SECONDS = 0.5
"""It takes the kernel a moment to begin."""
ANSWER_SECONDS = 0.1


def kernel_stamps_arrive() -> bool:
    """Tries for as long as `PATIENCE_SECONDS`. TLS makes no difference: the same bytes are read."""
    if sys.platform != "linux" or sys.maxsize <= 2**32:  # where the load does not ask for them either
        return False
    try:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            writer = socket.create_connection(listener.getsockname(), PATIENCE_SECONDS)
            reader, _ = listener.accept()
            with writer, reader:
                return _try(writer, reader)
    except OSError:
        return False


def _try(writer: socket.socket, reader: socket.socket) -> bool:
    """Raises OSError where the system refuses to be asked."""
    import select

    from servers.null_chat.wire import Wire  # of Linux alone

    give_up_at = time.monotonic() + PATIENCE_SECONDS
    with select.epoll() as epoll:
        wire = Wire(reader, epoll)
        while time.monotonic() < give_up_at:
            writer.sendall(b"stamp me")
            if epoll.poll(ANSWER_SECONDS) and wire.read()[1] is not None:
                return True
    return False

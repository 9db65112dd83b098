"""One end of the connection between a run and a worker: a JSON object a line, and a sign of life every other second.

Who is silent for long, or says what is no message, is gone.
"""

import contextlib
import json
import queue
import socket
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

Message = Mapping[str, Any]
"""Its `kind` says what it means; see `master` and `follow`."""
BEAT_SECONDS = 2.0
SILENCE_SECONDS = 15.0
_LONGEST_BYTES = 1 << 16
_ALIVE = "alive"


class Wire:
    """Reads and keeps alive from threads of its own until it is closed."""

    def __init__(self, connection: socket.socket) -> None:
        connection.settimeout(SILENCE_SECONDS)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection = connection
        self._sending = threading.Lock()
        self._heard: queue.Queue[Message | None] = queue.Queue()
        self._closed = threading.Event()
        self.gone: str | None = None
        """Why nothing more will come; None while something may."""
        self.gone_at: datetime | None = None
        """When that was noticed."""
        self.exhausted = False
        """Whether all that came before it was gone has been received."""
        for work in (self._read, self._beat):
            threading.Thread(target=work, name=f"wire {work.__name__}", daemon=True).start()

    def send(self, kind: str, **values: object) -> None:
        """Without a word where the other is gone."""
        line = json.dumps({"kind": kind, **values}).encode() + b"\n"
        with self._sending, contextlib.suppress(OSError):
            self._connection.sendall(line)

    def receive(self, seconds: float) -> Message | None:
        """The next message; None where none comes in time, or none is left."""
        with contextlib.suppress(queue.Empty):
            message = self._heard.get(timeout=seconds)
            if message is None:
                self.exhausted = True
                self._heard.put(None)  # for whoever asks again
            return message
        return None

    def close(self) -> None:
        self._closed.set()
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        self._connection.close()

    def _read(self) -> None:
        gone = self._read_on()
        self.gone_at = datetime.now(UTC)
        self.gone = gone
        self._heard.put(None)

    def _read_on(self) -> str:
        """Until the other is gone: why."""
        try:
            with self._connection.makefile("rb") as lines:
                while line := lines.readline(_LONGEST_BYTES):
                    message = json.loads(line)
                    if not isinstance(message, dict) or not isinstance(message.get("kind"), str):
                        return "it says what is no message"
                    if message["kind"] != _ALIVE:
                        self._heard.put(message)
        except TimeoutError:
            return f"not heard of for {SILENCE_SECONDS:g} s"
        except OSError as error:
            return f"the connection broke: {error.strerror}"
        except ValueError:
            return "it says what is no message"
        return "it closed the connection"

    def _beat(self) -> None:
        while not self._closed.wait(BEAT_SECONDS):
            self.send(_ALIVE)

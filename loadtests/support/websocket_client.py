"""A chat session's WebSocket: websocket-client underneath, arrival stamps on every packet.

Locust's greenlet of a person sleeps while replies come in: the event loop itself reads, cuts whole text frames out of
what arrived and gives each to `hear`, which says whether the person has to be woken for it. That leaves out two
switches, two system calls and a timer for every frame. websocket-client shakes hands, closes, and reads all that is
no whole text frame (pings, closes, fragments, nonsense), in the person's greenlet.

Offers no compression and keeps no cookies unless it is given a jar, so that sessions do not share anything. Asks the
server to introduce itself.
"""

import contextlib
import logging
import os
import struct
from collections.abc import Callable, Mapping
from typing import Any

import gevent
import websocket
from gevent.event import Event
from websocket import ABNF
from websocket._cookiejar import SimpleCookieJar

from loadtests.support.address import Address
from loadtests.support.clock import now
from loadtests.support.cookies import Cookies
from loadtests.support.dialing import dial, resolve, words
from loadtests.support.failures import ErrorPacket, SessionFailed, closed, not_upgraded
from loadtests.support.frames import MASK_BYTES, cut, masked_text
from loadtests.support.reads import reads

_FAREWELL_SECONDS = 0.5
_EXPLANATION_SECONDS = 1.0
_ASKS_WHO_IT_IS = {"Live-Introduction": "1"}
"""A server that knows this header sends a packet about itself first; others take no notice."""

logging.getLogger("websocket").setLevel(logging.CRITICAL)

Hear = Callable[[bytes, float, float | None], bool]
"""Takes a text frame's payload, when it arrived (Unix seconds), and how much later it was read (None where the stamp
is in user time). Says whether whoever waits is to be woken. May raise SessionFailed."""


class Connection:
    """An open session. Anything that ends it raises SessionFailed with the reason's label, in the waiting greenlet."""

    __slots__ = ("_broken", "_by_hand", "_cut", "_descriptor", "_ended_at", "_hear", "_heard", "_news", "_opened_at",
                 "_rest", "_socket", "_websocket", "connect_seconds", "heard_at")  # fmt: skip

    def __init__(
        self,
        address: Address,
        timeout_seconds: float,
        hear: Hear,
        headers: Mapping[str, str] | None = None,
        cookies: Cookies | None = None,
    ) -> None:
        """Opens it. `headers` go on the upgrade, and so do `cookies`, to which are added those that the server sets.

        Raises SessionFailed.
        """
        addresses = resolve(address.hostname, address.port)
        start = now()
        self._socket = dial(address, addresses, start + timeout_seconds)
        self._websocket: websocket.WebSocket = _WebSocket(skip_utf8_validation=True, enable_multithread=False)
        self._upgrade(address.chat_url, start, headers or {}, cookies)
        self._opened_at = self._socket.arrived_at
        self.connect_seconds = self._opened_at - start
        """TCP connect to the arrival of the 101."""
        self.heard_at = self._opened_at
        """When the last packet arrived."""
        self._hear = hear
        self._rest = b""
        self._heard = False
        """Whether something has been heard that nobody who waits knows yet."""
        self._by_hand = False
        """Whether what comes next is read by websocket-client, in the greenlet that waits, and not by the loop."""
        self._broken: BaseException | None = None
        self._ended_at: float | None = None
        self._cut = "the connection ended"
        """How it ended, if it did so without a close frame."""
        self._news = Event()
        self._descriptor = self._socket.fileno()
        self._watch(self._socket.rest())

    @property
    def age_seconds(self) -> float:
        """Since the 101, until now or until the session ended: the moment at which that could be known here, not the
        one at which somebody asks."""
        return (now() if self._ended_at is None else self._ended_at) - self._opened_at

    def send(self, prompt: str) -> float:
        """Hand a prompt to the socket; Unix seconds of when."""
        try:
            self._socket.send(masked_text(prompt.encode(), os.urandom(MASK_BYTES)))
        except TimeoutError as error:
            raise SessionFailed("timeout", "the server does not read") from error
        except OSError as error:
            raise self._why_it_ended(error) from error
        return self._socket.sent_at

    def wait(self, until: float) -> None:
        """Returns when `hear` said that something is worth it, or at `until`. Raises SessionFailed."""
        if not self._by_hand and not self._heard:
            self._await_news(max(0.0, until - now()))
        self._news.clear()
        if self._heard:  # before what ended the session, if that has come too
            self._heard = False
            return
        if isinstance(self._broken, ErrorPacket):
            raise self._why(self._broken)
        if self._broken is not None:
            raise self._broken
        if self._by_hand:
            self._read_by_hand(until)

    def _await_news(self, seconds: float) -> None:
        """For so long at most. A timeout of gevent is thrown into the greenlet, which costs far more than to wake."""
        alarm = gevent.get_hub().loop.timer(seconds)
        alarm.start(self._news.set)
        try:
            self._news.wait()
        finally:
            alarm.stop()
            alarm.close()

    def leave(self) -> None:
        """Say goodbye, wait half a second for the answer, and free the socket."""
        self._take_over()
        self._websocket.close(timeout=_FAREWELL_SECONDS)
        self.drop()

    def blurt(self, octets: bytes) -> None:
        """Hand anything at all to the socket, be it a frame or not. Raises SessionFailed."""
        try:
            self._socket.send(octets)
        except OSError as error:
            raise self._why_it_ended(error) from error

    def abort(self) -> None:
        """Have the system cut the connection, as it does for a process that dies: a reset, and no close."""
        with contextlib.suppress(OSError):  # it may have been closed already
            self._socket.reset_on_close()
        self.drop()

    def drop(self) -> None:
        """Free the socket without a word."""
        self._let_go()
        self._socket.close()

    def _watch(self, arrived: bytes) -> None:
        """Have the loop read from now on, beginning with what has been read already."""
        self._by_hand = False
        self._take(arrived)
        if self._socket.has_ended:
            self._end()
        elif not self._by_hand and self._broken is None:
            reads().watch(self._descriptor, self._readable)

    def _readable(self) -> None:
        """Runs in the event loop: must neither wait nor raise."""
        try:
            arrived = self._socket.pull()
        except BlockingIOError:
            return
        except OSError as error:
            arrived, self._cut = b"", words(error)  # The stream is over; websocket-client will find it so.
        if arrived:
            self._take(self._rest + arrived if self._rest else arrived)
        if not arrived or self._socket.has_ended:
            self._end()

    def _end(self) -> None:
        """Nothing follows: whoever waits finds it so, after what came before."""
        if not self._by_hand:
            self._ended_at = now()
            self._take_over()

    def _take(self, data: bytes) -> None:
        payloads, self._rest, strange = cut(data)
        if payloads:
            self._enter(payloads)
        if strange and self._broken is None:
            self._take_over()

    def _enter(self, payloads: list[bytes]) -> None:
        arrived_at, lag_seconds = self._socket.arrived_at, self._socket.lag_seconds
        self.heard_at = arrived_at
        hear = self._hear
        try:
            for payload in payloads:
                if hear(payload, arrived_at, lag_seconds):
                    self._heard = True
                    self._news.set()
        except BaseException as error:  # Raised again in the greenlet that waits, where it can be handled.
            self._broken, self._ended_at = error, arrived_at
            self._take_over()

    def _take_over(self) -> None:
        """Have the waiting greenlet read from now on."""
        self._let_go()
        self._socket.unread(self._rest)
        self._rest = b""
        self._by_hand = True
        self._news.set()

    def _let_go(self) -> None:
        """Have the loop read no more. Of a session that has ended websocket-client closes the socket as soon as that
        is read, long before who thinks meanwhile leaves it: its number may be another session's by then."""
        if not self._by_hand:
            reads().forget(self._descriptor)

    def _read_by_hand(self, until: float) -> None:
        """One message; half of one is kept for the next call."""
        self._socket.deadline = until
        try:
            opcode, payload = self._websocket.recv_data()
        except websocket.WebSocketTimeoutException:
            return
        except (websocket.WebSocketProtocolException, websocket.WebSocketPayloadException) as error:
            raise self._over(SessionFailed("bad_packet", str(error)), self._socket.arrived_at) from error
        except (websocket.WebSocketException, OSError) as error:
            raise self._over(SessionFailed("lost", self._cut), now()) from error
        if opcode == ABNF.OPCODE_CLOSE:
            raise self._over(closed(_code_of(payload)), self._socket.arrived_at)
        if opcode != ABNF.OPCODE_TEXT:
            raise self._over(SessionFailed("bad_packet", "a binary frame"), self._socket.arrived_at)
        self._enter([payload])
        if self._broken is None:
            self._watch(self._socket.rest())

    def _over(self, failure: SessionFailed, at: float) -> SessionFailed:
        """The failure, with the moment of it kept, unless the end was known before."""
        if self._ended_at is None:
            self._ended_at = at
        return failure

    def _why(self, error: ErrorPacket) -> SessionFailed:
        """An error packet goes before a close whose code tells the causes apart: wait for it, but not for long."""
        return closed(self._close_code(now() + _EXPLANATION_SECONDS), error.code_and_message)

    def _why_it_ended(self, error: Exception) -> SessionFailed:
        """A send failed: the goodbye that explains it may be waiting to be read."""
        self._take_over()
        if isinstance(self._broken, ErrorPacket):
            return self._why(self._broken)
        code = self._close_code(now())
        if code:
            return self._over(closed(code), self._socket.arrived_at)
        return self._over(SessionFailed("lost", words(error)), now())

    def _close_code(self, deadline: float) -> int | None:
        """The code of the close frame that arrives by then, whatever comes before it."""
        self._socket.deadline = deadline
        try:
            while True:
                opcode, payload = self._websocket.recv_data()
                if opcode == ABNF.OPCODE_CLOSE:
                    return _code_of(payload)
        except (websocket.WebSocketException, OSError):
            return None

    def _upgrade(self, url: str, start: float, headers: Mapping[str, str], cookies: Cookies | None) -> None:
        try:
            self._websocket.connect(
                url,
                socket=self._socket,
                redirect_limit=0,
                header={**_ASKS_WHO_IT_IS, **headers},
                cookie=cookies.header if cookies else None,
                suppress_origin=True,  # no page has sent us; and who calls by way of a proxy does not know its host
            )
        except websocket.WebSocketTimeoutException as error:
            raise SessionFailed("connect_timeout", "no upgrade") from error
        except websocket.WebSocketBadStatusException as error:
            raise not_upgraded(error.status_code, self._socket.arrived_at - start) from error
        except (websocket.WebSocketException, OSError) as error:
            if self._websocket.status:  # A redirection, which is none of those above to websocket-client.
                raise not_upgraded(self._websocket.status, self._socket.arrived_at - start) from error
            raise SessionFailed("connect_failed", str(error)) from error
        if cookies:
            cookies.take(self._websocket.headers.get("set-cookie"))


class _WebSocket(websocket.WebSocket):
    def send_close(self, *args: Any, **options: Any) -> None:
        """Answer a close frame; a peer that is gone already must not cost us the code it left with."""
        with contextlib.suppress(OSError, websocket.WebSocketException):
            super().send_close(*args, **options)


class _NoCookies(SimpleCookieJar):
    """In place of websocket-client's one jar for the whole process."""

    def add(self, set_cookie: str | None) -> None:
        pass

    def get(self, host: str) -> str:
        return ""


websocket._handshake.CookieJar = _NoCookies()


def _code_of(payload: bytes) -> int:
    """The code in a close frame; 1005 stands for none, as in RFC 6455 section 7.1.5."""
    return struct.unpack("!H", payload[:2])[0] if len(payload) >= 2 else 1005

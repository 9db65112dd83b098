"""Why a turn failed, as one of a few labels.

| label             | what happened                                                               |
|-------------------|-----------------------------------------------------------------------------|
| connect_failed    | no TCP connection, no TLS, or no valid upgrade                              |
| connect_timeout   | no upgrade within --connect-timeout                                         |
| rejected_capacity | the upgrade was answered with 429 or 503: no room, or nobody behind it      |
| unauthorized      | the upgrade was answered with 401 or 403, or there is no ID token for it    |
| http_<status>     | the upgrade was answered with another status than 101 and these             |
| refused           | closed with 1008: the server does not serve this                            |
| upstream          | closed with 1011: the server lost its upstream                              |
| going_away        | closed with 1001 or 1012: the server stops                                  |
| full              | closed with 1013: try later                                                 |
| quota             | the same, and the server says that Gemini takes no more sessions            |
| rate_limited      | the prompt was refused, and the session kept: too much was said in a minute |
| error_<code>      | an error packet, where neither close code nor its own code is of the above  |
| closed            | closed with any other code before the reply was complete                    |
| lost              | the connection ended without a close frame (1006, as others call it)        |
| timeout           | silence for --reply-timeout while a reply was due                           |
| timed_out         | no whole reply within --give-up, of a person who has no more patience       |
| bad_packet        | not the protocol: no JSON, wrong types, a completion nobody asked for       |
| empty_reply       | complete, but without any text                                              |
| cut_short         | `interrupted` though nobody had barged in                                   |
| lost_chunk        | by its tags, a reply that nobody cut lacks a chunk                          |

Nobody tells a client that a platform cut its session for having lasted too long: that is `lost` or `closed`, and shows
in the ages at which sessions ended.
"""

_REFUSED_CALLERS = {
    401: "401: check that the token is for the service (--audience) and has not expired",
    403: "403: check that a token is sent (--auth), and that whom it names may call the service (roles/run.invoker)",
}
_CLOSE_LABELS = {1001: "going_away", 1008: "refused", 1011: "upstream", 1012: "going_away", 1013: "full"}
_TOLD_LABELS = {(1013, "quota"): "quota"}
"""What an error packet tells apart that ends with the same close code."""
RATE_LIMITED = "rate_limited"
"""Label, and the code of the error packet that refuses one prompt of a session that goes on."""
_NO_ROOM = (429, 503)
_HINTS = {
    200: "no WebSocket there: check the address",
    404: "nothing at that path: check the address",
    **dict.fromkeys((301, 302, 303, 307, 308), "sent elsewhere, which nobody follows: check the address"),
}


class SessionFailed(Exception):
    """The session is lost, and with it every turn that still waits for its reply."""

    def __init__(self, label: str, detail: str = "", told: str | None = None) -> None:
        """`told` is the code of the error packet, where the server sent one."""
        super().__init__(f"{label}: {detail}" if detail else label)
        self.label = label
        self.told = told


class ErrorPacket(SessionFailed):
    """The server said what went wrong; the close that follows tells which kind of failure it is."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"error_{code}", message, told=code)
        self.code_and_message = (code, message)


def closed(close_code: int | None, error: tuple[str, str] | None = None) -> SessionFailed:
    """The failure behind a close frame (None: the connection just ended) and the error packet before it, if any.

    The close code decides the label where it is one of the protocol's and means one thing, else the error packet does;
    its code and message go into the detail, so that Locust's table of failures shows them.
    """
    detail = ": ".join(error) if error else f"close code {close_code}" if close_code else ""
    told = error[0] if error else None
    if close_code in _CLOSE_LABELS:
        label = _TOLD_LABELS.get((close_code, told)) if told else None
        return SessionFailed(label or _CLOSE_LABELS[close_code], detail, told)
    if told:
        return SessionFailed(told if told in _CLOSE_LABELS.values() else f"error_{told}", detail, told)
    return SessionFailed("closed" if close_code else "lost", detail)


def not_upgraded(status: int, waited_seconds: float) -> SessionFailed:
    """The failure behind an upgrade that was answered with another status than 101, after so long.

    The wait is told in whole seconds, so that Locust's table of failures has few rows.
    """
    if status in _NO_ROOM:
        waited = "at once" if round(waited_seconds) < 1 else f"after {waited_seconds:.0f} s"
        return SessionFailed("rejected_capacity", f"{status} {waited}")
    if status in _REFUSED_CALLERS:
        return SessionFailed("unauthorized", _REFUSED_CALLERS[status])
    return SessionFailed(f"http_{status}", _HINTS.get(status, ""))

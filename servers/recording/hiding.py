"""What must not be in a recording, wherever it turns up: keys, tokens, resumption handles, names of projects."""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

SHORTEST = 8
"""A shorter one is no secret, and would be found in innocent words."""
_OF_HEADERS = ("x-goog-api-key", "authorization", "proxy-authorization", "cookie", "x-goog-user-project")
_LOOKS_LIKE_ONE = re.compile(
    r"AIza[\w-]{20,}|AQ\.[\w-]{20,}|ya29\.[\w.-]{10,}|auth_tokens/[\w.-]+|eyJ[\w-]+\.[\w.-]{10,}"
)
_PROJECT = re.compile(r"(projects/)[^/\s`'\"]+")


class Hiding:
    """Knows the secrets that were seen so far, of all sessions."""

    def __init__(self) -> None:
        self._secrets: dict[str, str] = {}
        self._handles: dict[str, str] = {}

    def learn(self, target: str, headers: Mapping[str, str]) -> None:
        """Takes note of what an upgrade request (path with query, headers) is let in by."""
        values = [value for _, value in parse_qsl(urlsplit("https://relay" + target).query)]
        for name in _OF_HEADERS:
            value = headers.get(name, "")
            values += [value, value.partition(" ")[2]]
        for value in values:
            if len(value) >= SHORTEST:
                self._secrets[value] = "[secret]"

    def handle(self, value: str) -> str:
        """What stands for a resumption handle, the same each time, as long as it is unless that is very short."""
        if value not in self._handles:
            self._handles[value] = f"handle-{len(self._handles) + 1}".ljust(len(value), "-")
            if len(value) >= SHORTEST:
                self._secrets[value] = self._handles[value]
        return self._handles[value]

    def redact(self, text: str) -> str:
        """The text without what is known to be a secret, or looks like one."""
        for secret, stand_in in self._secrets.items():
            text = text.replace(secret, stand_in)
        return _PROJECT.sub(r"\1-", _LOOKS_LIKE_ONE.sub("[secret]", text))

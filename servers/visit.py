"""One session: what it may still say, and what is counted and written down of it.

The times it takes are those of the server. It is told of every packet, and looks at few: a reply is to cost no more for
being counted.
"""

import json
import logging
import math
import time
from collections import deque
from collections.abc import Callable, Mapping
from threading import Lock
from typing import TYPE_CHECKING

from servers import logs
from servers.allowance import Allowance
from servers.causes import cause_of
from servers.farewells import UPSTREAM_FAILED, Farewell, Refused, meaning_of
from servers.metrics import Metrics
from servers.settings import Settings

if TYPE_CHECKING:
    from google.genai.types import UsageMetadata

BYTES_PER_TOKEN = 4
"""About as many as a token of a prompt has."""

_NO_TEXT = '{"text": ""'
_INTERRUPTED = '"interrupted": true}'

logger = logging.getLogger(__name__)


class _Turn:
    """A prompt that was passed on and whose reply is not over."""

    __slots__ = ("asked_at", "interrupted", "last_words_at", "overtaken_at", "spoken", "tokens_counted", "tokens_paid")

    def __init__(self, asked_at: float, tokens_paid: int) -> None:
        self.asked_at = asked_at
        self.tokens_paid = tokens_paid
        """An estimate, until Gemini says how many they were."""
        self.tokens_counted = 0
        self.spoken = False
        self.interrupted = False
        self.overtaken_at: float | None = None
        """When the next prompt came, if that was before the end of this reply."""
        self.last_words_at = asked_at
        """Heeded only once it is overtaken."""


class Visit:
    """Its methods may be called by two threads, one that hears the client and one that hears Gemini."""

    def __init__(
        self,
        settings: Settings,
        metrics: Metrics,
        tokens: Allowance | None,
        names: Mapping[str, str | int],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`tokens` is what all sessions share; `names` tell this one from others in the log."""
        per_minute = settings.prompts_per_minute
        self._prompts_allowed = Allowance(per_minute, clock) if per_minute else None
        self._tokens_allowed = tokens
        self._metrics = metrics
        self._names = names
        self._logs_prompts = settings.log_prompts
        self._clock = clock
        self._begun_at = clock()
        self._prompts = 0
        self._turns: deque[_Turn] = deque()
        """The oldest is the one whose reply is arriving."""
        self._heeds_words = False
        """Whether the next words matter: they are the first of a reply, or of one that is to stop."""
        self._lock = Lock()
        metrics.sessions_open.inc()
        metrics.sessions_opened.inc()
        logger.info("session opened", extra={logs.FIELDS: names})

    def refusal_of(self, prompt: str) -> str | None:
        """The packet that refuses a prompt, or None: then it is to be passed on. To be asked once of each prompt."""
        self._prompts += 1
        if self._logs_prompts:
            fields = {**self._names, "number": self._prompts, "prompt": prompt}
            logger.info("prompt", extra={logs.FIELDS: fields})
        if wait_seconds := self._wait_seconds():
            self._metrics.turns.labels("rate_limited").inc()
            self._metrics.refusals.labels("rate_limited").inc()
            return _rate_limited(self._prompts, wait_seconds)
        tokens = 1 + len(prompt.encode()) // BYTES_PER_TOKEN
        if self._tokens_allowed:
            self._tokens_allowed.spend(tokens)
        self._ask(_Turn(self._clock(), tokens))
        return None

    def saw(self, packet: str) -> None:
        """What the client is sent of a reply."""
        if self._heeds_words or packet.endswith(_INTERRUPTED):
            self._heed(packet)

    def bill(self, usage: "UsageMetadata | None") -> None:
        """What Gemini says that the reply took so far; None, where a message says nothing of that."""
        if usage is not None:
            self.used(tokens_in(usage))

    def used(self, tokens: int) -> None:
        """How many tokens the reply took so far, its prompt and all that was said before included."""
        with self._lock:
            turn = self._turns[0] if self._turns else _Turn(0.0, 0)
            owed, more = tokens - turn.tokens_paid, tokens - turn.tokens_counted
            turn.tokens_paid = turn.tokens_counted = tokens
        if self._tokens_allowed:
            self._tokens_allowed.spend(owed)
        self._metrics.tokens.inc(max(0, more))

    def over(self) -> None:
        """A reply is over."""
        with self._lock:
            if not self._turns:
                return
            turn = self._turns.popleft()
            self._heeds_words = bool(self._turns)
        self._metrics.turns.labels("interrupted" if turn.interrupted else "complete").inc()
        if turn.overtaken_at is not None:
            self._metrics.stop_seconds.observe(turn.last_words_at - turn.overtaken_at)

    def turned_away(self, error: Exception) -> None:
        """Gemini has refused to open the session, and may be asked again."""
        self._metrics.upstream_errors.labels(cause_of(error)).inc()

    def ends(self, error: BaseException | None) -> None:
        """The session is over: by an error, or because the client has left."""
        farewell = meaning_of(error) if error else None
        self._metrics.sessions_open.dec()
        self._metrics.turns.labels("failed" if farewell else "left").inc(len(self._turns))
        if error and farewell:
            self._count_failure(error, farewell)
        failed = farewell is not None and farewell.close_code == UPSTREAM_FAILED
        fields = {
            **self._names,
            "close_code": farewell.close_code if farewell else None,
            "cause": farewell.code if farewell else "left",
            "turns": self._prompts,
            "seconds": round(self._clock() - self._begun_at, 3),
        }
        logger.log(logging.WARNING if failed else logging.INFO, "session closed", extra={logs.FIELDS: fields})

    def _count_failure(self, error: BaseException, farewell: Farewell) -> None:
        if isinstance(error, Refused):
            self._metrics.refusals.labels(farewell.code).inc()
        elif farewell.code in ("upstream", "unreachable"):
            self._metrics.upstream_errors.labels(cause_of(error)).inc()

    def _wait_seconds(self) -> float:
        """How long until a prompt may be passed on; 0 where this one may."""
        owed_seconds = self._tokens_allowed.debt_seconds() if self._tokens_allowed else 0.0
        return owed_seconds or (self._prompts_allowed.take() if self._prompts_allowed else 0.0)

    def _ask(self, turn: _Turn) -> None:
        with self._lock:
            arriving = self._turns[0] if self._turns else turn
            if arriving is not turn and arriving.overtaken_at is None:
                arriving.overtaken_at = arriving.last_words_at = turn.asked_at
            self._turns.append(turn)
            self._heeds_words = True

    def _heed(self, packet: str) -> None:
        now = self._clock()
        with self._lock:
            turn = self._turns[0] if self._turns else _Turn(now, 0)
            if packet.endswith(_INTERRUPTED):
                turn.interrupted = True
            if packet.startswith(_NO_TEXT):
                return
            first, turn.spoken, turn.last_words_at = not turn.spoken, True, now
            self._heeds_words = turn.overtaken_at is not None
        if first:
            self._metrics.first_words_seconds.observe(now - turn.asked_at)


def tokens_in(usage: "UsageMetadata") -> int:
    """All tokens that Gemini counts for a turn; the SDK has made one of the two backends' spellings."""
    parts = (usage.prompt_token_count, usage.response_token_count, usage.thoughts_token_count)
    return usage.total_token_count or sum(part or 0 for part in parts)


def _rate_limited(number: int, wait_seconds: float) -> str:
    seconds = math.ceil(wait_seconds * 1000) / 1000
    message = f"too much was said in a minute: ask again in {math.ceil(seconds)} s"
    return json.dumps(
        {"error": {"code": "rate_limited", "message": message, "prompt": number, "retry_after_seconds": seconds}}
    )

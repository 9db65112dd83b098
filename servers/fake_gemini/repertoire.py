"""What a recording gives to say again: its sessions, their turns, and when each frame of them is due. Pure.

A turn is what answers one typed prompt. Only whole ones are said again; one that was cut by its user tells no more than
how long a cut takes, and one that the end of the session cut is said where the ends of sessions are asked for.
"""

import itertools
import json
import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from servers.fake_gemini.client_messages import ClientMessage, Content, Setup, parse
from servers.fake_gemini.notes import Note, note
from servers.fake_gemini.refusals import Refused
from servers.recording.errors import RecordingError
from servers.recording.lines import Closed, Passed
from servers.recording.reading import Recording, Session


@dataclass(frozen=True, slots=True)
class Turn:
    notes: tuple[Note, ...]
    """Up to the one that completes it."""
    afterwards: tuple[Note, ...] = ()
    """What came until the next prompt."""
    interrupted: bool = False
    interruption_seconds: float | None = None
    """From `interrupted` to the end of the turn."""
    close: "Close | None" = None
    """What ended the session before the turn had ended."""
    complete: bool = False

    @property
    def is_whole(self) -> bool:
        return self.complete and not self.interrupted

    @property
    def is_written(self) -> bool:
        """Whether there is anything to read in it; if not, its pieces are those of its sound."""
        return any(note.words is not None for note in self.notes)


@dataclass(frozen=True, slots=True)
class Close:
    due_seconds: float
    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class Part:
    """One session."""

    greeting: tuple[Note, ...]
    """What answered the setup; empty where it was answered by the close."""
    asides: tuple[Note, ...]
    """What came outside of all turns."""
    turns: tuple[Turn, ...]
    close: Close | None
    """How Gemini ended it between turns, if it did."""


@dataclass
class Repertoire:
    parts: tuple[Part, ...]
    interruption_seconds: float | None
    """None where nothing was interrupted."""
    _played: Iterator[int] = field(default_factory=itertools.count)

    def next_part(self) -> Part:
        """The session to play next: in the order of the recording, and again from its beginning."""
        return self.parts[next(self._played) % len(self.parts)]

    def rewind(self) -> None:
        """Play the first session next: so trials that begin alike meet the same model."""
        self._played = itertools.count()


def arrange(recording: Recording, *, endings: bool) -> Repertoire:
    """What a recording gives to say again; with `endings` also how Gemini took leave, by goAway or by closing.

    Raises RecordingError where that is nothing.
    """
    parts = [part_of(session) for session in recording.sessions if session.frames]
    cuts = [turn.interruption_seconds for part in parts for turn in part.turns]
    seconds = [cut for cut in cuts if cut is not None]
    chosen = tuple(part for part in (_chosen(part, endings) for part in parts) if part)
    if not chosen:
        raise RecordingError(
            f"{recording.path} holds no typed prompt that was answered to the end: record a conversation with one"
        )
    return Repertoire(chosen, statistics.median(seconds) if seconds else None)


def _chosen(part: Part, endings: bool) -> Part | None:
    """What of a session is played; None where it is nothing."""
    turns = tuple(turn for turn in part.turns if turn.is_whole or (endings and turn.close))
    if endings:
        return replace(part, turns=turns) if turns or (part.close and not part.greeting) else None
    asides = tuple(note for note in part.asides if b'"goAway"' not in note.octets)
    return replace(part, turns=turns, asides=asides, close=None) if turns else None


def part_of(session: Session) -> Part:
    """A recorded session, sorted into turns."""
    sorting = _Sorting()
    for frame in session.frames:
        sorting.take(frame)
    if isinstance(session.ending, Closed) and session.ending.sender == "server":
        sorting.end(session.ending)
    return sorting.part()


@dataclass
class _Open:
    """A turn that is being sorted."""

    prompted_at: float
    starts_at: float
    notes: list[Note] = field(default_factory=list)
    afterwards: list[Note] = field(default_factory=list)
    interrupted_at: float | None = None
    ended_at: float | None = None
    close: Close | None = None

    def turn(self) -> Turn:
        cut, end = self.interrupted_at, self.ended_at
        return Turn(
            tuple(self.notes),
            tuple(self.afterwards),
            interrupted=cut is not None,
            interruption_seconds=end - cut if cut is not None and end is not None else None,
            close=self.close,
            complete=end is not None,
        )


class _Sorting:
    def __init__(self) -> None:
        self._set_up_at = 0.0
        self._seeding = False
        self._greeting: list[Note] = []
        self._asides: list[Note] = []
        self._turns: list[_Open] = []
        self._done = 0
        """So many turns have ended."""
        self._close: Close | None = None

    def take(self, frame: Passed) -> None:
        if frame.sender == "client":
            self._ask(frame)
        else:
            self._answer(frame)

    def end(self, closed: Closed) -> None:
        turn = self._running()
        since = turn.starts_at if turn else self._set_up_at
        close = Close(closed.at - since, closed.code, closed.reason)
        if turn:
            turn.close = close
        else:
            self._close = close

    def part(self) -> Part:
        turns = tuple(turn.turn() for turn in self._turns)
        return Part(tuple(self._greeting), tuple(self._asides), turns, self._close)

    def _ask(self, frame: Passed) -> None:
        message = _meant(frame.message)
        if isinstance(message, Setup):
            self._set_up_at, self._seeding = frame.at, message.seeds_history
        elif isinstance(message, Content) and message.turn_complete:
            if self._seeding and not message.realtime:
                self._seeding = False
            else:
                self._turns.append(_Open(prompted_at=frame.at, starts_at=frame.at))

    def _running(self) -> _Open | None:
        return self._turns[self._done] if self._done < len(self._turns) else None

    def _answer(self, frame: Passed) -> None:
        message = frame.message if isinstance(frame.message, dict) else {}
        turn = self._running()
        if "setupComplete" in message and not self._greeting:
            self._greeting.append(note(frame, self._set_up_at))
        elif "goAway" in message or not self._turns:
            self._asides.append(note(frame, self._set_up_at))
        elif not turn:
            self._turns[-1].afterwards.append(note(frame, self._turns[-1].starts_at))
        else:
            self._continue(turn, frame, message)

    def _continue(self, turn: _Open, frame: Passed, message: Mapping[str, Any]) -> None:
        turn.notes.append(note(frame, turn.starts_at))
        content = message.get("serverContent") or {}
        if content.get("interrupted"):
            turn.interrupted_at = frame.at
        if not ends_turn(content):
            return
        turn.ended_at = frame.at
        self._done += 1
        following = self._running()
        # A prompt that waited for the end of the reply before it was answered from then on.
        if following and turn.interrupted_at is None:
            following.starts_at = max(following.prompted_at, frame.at)


def ends_turn(content: Mapping[str, Any]) -> bool:
    """Whether a `serverContent` is the last of its turn, as the SDK sees it."""
    status = content.get("interactionStatus") or "INTERACTION_STATUS_UNSPECIFIED"
    if not status.endswith("UNSPECIFIED"):
        return bool(status == "IDLE")
    return content.get("turnComplete") is True


def _meant(message: Any) -> ClientMessage | None:
    try:
        return parse(json.dumps(message))
    except Refused:
        return None

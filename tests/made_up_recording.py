"""Made-up recordings, of which it is known what they hold."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from servers.fake_gemini import frames, speech
from servers.fake_gemini.timing import Profile, chance_of, plan_turn
from servers.recording.lines import Closed, Header, Opened, Passed, Refused
from servers.recording.tape import Tape

HEADER = Header(
    started_at="2026-01-02T03:04:05.678Z", to="https://gemini.example", text="kept", audio="silence", versions={}
)
SETUP = {"setup": {"model": "models/gemini-robotics-er-2-streaming-preview"}}
INTERRUPTED = {"serverContent": {"interrupted": True}}
GENERATED = {"serverContent": {"generationComplete": True}}
COMPLETE = {"serverContent": {"turnComplete": True}}
GO_AWAY = {"goAway": {"timeLeft": "50s"}}


def prompt(text: str = "What is it?") -> dict[str, Any]:
    turn = {"role": "user", "parts": [{"text": text}]}
    return {"client_content": {"turns": [turn], "turnComplete": True}}


def chunk(text: str) -> dict[str, Any]:
    return {"serverContent": {"modelTurn": {"role": "model", "parts": [{"text": text}]}}}


def sound(audio_bytes: int) -> dict[str, Any]:
    data = {"mimeType": "audio/pcm;rate=24000", "data": audio_bytes}
    return {"serverContent": {"modelTurn": {"parts": [{"inlineData": data}]}}}


@dataclass
class MadeUp:
    """A session that is being made up; moments are seconds since it began."""

    tape: Tape
    number: int

    def client(self, at: float, message: Any) -> "MadeUp":
        return self._frame(at, "client", "text", message)

    def server(self, at: float, message: Any, *, size: int | None = None) -> "MadeUp":
        return self._frame(at, "server", "binary", message, size)

    def closed(self, at: float, sender: Literal["client", "server"] = "client", code: int = 1000) -> None:
        reason = "" if code == 1000 else "as made up"
        self.tape.write(Closed(session=self.number, at=at, sender=sender, code=code, reason=reason))

    def refused(self, at: float, status: int) -> None:
        self.tape.write(Refused(session=self.number, at=at, status=status))

    def _frame(
        self, at: float, sender: Literal["client", "server"], kind: Literal["text", "binary"], message: Any,
        size: int | None = None,
    ) -> "MadeUp":  # fmt: skip
        length = len(frames.encode(message)) if size is None else size
        line = Passed(session=self.number, at=round(at, 6), sender=sender, kind=kind, size=length, message=message)
        self.tape.write(line)
        return self


def session(tape: Tape, *, greeted: bool = True) -> MadeUp:
    """One that was set up within 10 ms, unless it was not answered."""
    number = tape.next_session()
    tape.write(Opened(session=number, at=0, opened_seconds=0, path="/ws/live"))
    made = MadeUp(tape, number).client(0.002, SETUP)
    return made.server(0.01, {"setupComplete": {}}) if greeted else made


def abandon(tape: Tape) -> None:
    """Leave a recording as a crash does: without its last line."""
    tape._file.close()


def converse(made: MadeUp, profile: Profile, turns: int, *, seed: int = 1) -> float:
    """So many turns just as a profile plans them; gives the moment when all is said."""
    now = 1.0
    for number in range(turns):
        said = f"#{number} Why?"
        plan = plan_turn(profile, seed, said)
        made.client(now, prompt(said))
        words = speech.fragments(plan.chunks_words, chance_of("speech", seed, said))
        for due_seconds, fragment in zip(plan.chunks_due_seconds, words, strict=True):
            made.server(now + due_seconds, chunk(fragment))
        now += plan.chunks_due_seconds[-1]
        made.server(now, GENERATED).server(now, COMPLETE)
        now += 1.0
    return now


def conversation(path: Path, profile: Profile, turns: int, *, seed: int = 1) -> Path:
    """A recording of one session of a profile."""
    tape = Tape(path, HEADER)
    made = session(tape)
    made.closed(converse(made, profile, turns, seed=seed))
    tape.end()
    return path

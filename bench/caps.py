"""What a run may cost: so many people at a time, so many turns in all. Pure.

A real model is paid for by the turn and has quotas, so loading one takes a cap on both.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.elsewhere import Caps
from bench.errors import BenchError
from bench.profile import Profile
from bench.results import Run
from bench.windows import Process
from loadtests.support.turn import Turn

NO_CAPS = Caps()


def check(caps: Caps, profile: Profile, *, real_model: bool, workers: int = 0) -> None:
    """Raises BenchError for a profile that asks for more than is allowed, and as `check_given`."""
    check_given(caps, real_model=real_model, workers=workers)
    if caps.max_sessions is None:
        return
    for case in profile.case:
        if case.arrivals != "closed":
            raise BenchError(
                f"--max-sessions cannot be held where people come by themselves, as in {case.name} of profile "
                f"{profile.name}: use a profile whose arrivals are closed"
            )
        if case.sessions > caps.max_sessions:
            raise BenchError(
                f"profile {profile.name} asks for {case.sessions} people in {case.name}, above --max-sessions "
                f"{caps.max_sessions}: use a smaller profile, or raise the cap"
            )


def check_search(caps: Caps, most: int, *, real_model: bool, workers: int = 0) -> None:
    """Raises BenchError for a search that may ask for more people than is allowed, and as `check_given`."""
    check_given(caps, real_model=real_model, workers=workers)
    if caps.max_sessions is not None and most > caps.max_sessions:
        raise BenchError(
            f"--most {most} is above --max-sessions {caps.max_sessions}: search among fewer people, or raise the cap"
        )


def check_given(caps: Caps, *, real_model: bool, workers: int) -> None:
    """Raises BenchError for a real model without caps, and for one of turns that cannot be kept.

    `workers`: as `Crew.workers`.
    """
    if real_model and (caps.max_sessions is None or caps.max_turns is None):
        raise BenchError(
            "a real model costs money and has quotas: --allow-real-model takes --max-sessions N and --max-turns N as "
            "well, the most people at a time and the most turns in all"
        )
    if caps.max_turns is not None and workers:
        raise BenchError(
            f"--max-turns is counted by one load process, and here are {workers}: add --processes 1, or leave out "
            "--master"
        )


@dataclass
class TurnsLeft:
    """How many turns the executions still to come may begin."""

    caps: Caps

    @property
    def number(self) -> int | None:
        """None where there is no cap."""
        return None if self.caps.max_turns is None else max(0, self.caps.max_turns - self.caps.turns_begun)

    @property
    def are_used_up(self) -> bool:
        return self.number == 0

    def take(self, processes: Sequence[Process]) -> None:
        """What an execution began is gone."""
        self._take(begun(line for process in processes for line in process if isinstance(line, Turn)))

    def take_all(self) -> None:
        """An execution that left no record may have begun all it was allowed to."""
        self._take(self.number or 0)

    def _take(self, turns: int) -> None:
        if self.caps.max_turns is None:
            return
        self.caps = self.caps.model_copy(update={"turns_begun": self.caps.turns_begun + turns})

    @property
    def because(self) -> str:
        """Why a run ends when none is left."""
        return f"the {self.caps.max_turns:,} turns of --max-turns were used up"


def charged(record: Run, left: TurnsLeft) -> Run:
    """The run with the turns begun so far, where they are counted; and with why it ends where none is left."""
    if left.caps == NO_CAPS:
        return record
    return record.model_copy(update={"caps": left.caps, "ended_because": left.because if left.are_used_up else ""})


def begun(turns: Iterable[Turn]) -> int:
    """How many the load set about, whatever became of them."""
    return sum(turn.begun_at is not None or turn.sent_at is not None for turn in turns)

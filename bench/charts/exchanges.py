"""Which interrupted exchange stands for a target: a middling one, and the same for all targets where there is one."""

from dataclasses import dataclass

from bench.book import Place
from bench.charts.data import ChartData
from bench.readings import is_attributed, stop
from bench.results import Target
from loadtests.support.turn import Turn

Key = tuple[int, str]
"""Trial, and the id of the turn that barges in."""
NEW_CHUNKS = 4
"""How many chunks of the new reply are drawn."""


@dataclass(frozen=True)
class Exchange:
    """A prompt A whose reply was interrupted by a prompt B, both with complete data."""

    trial: int
    old: Turn
    new: Turn

    @property
    def began_at(self) -> float:
        """When A was sent: the 0 of the picture, Unix seconds."""
        assert self.old.sent_at is not None
        return self.old.sent_at

    @property
    def interrupted_at(self) -> float:
        assert self.old.interrupted_at is not None
        return self.old.interrupted_at

    @property
    def stop_seconds(self) -> float:
        return stop(self.old, self.interrupted_at)

    @property
    def gemini_seen(self) -> bool:
        """Whether the fake's own stamps are there, and on a clock that agrees with ours."""
        return _seen(self.old) and _seen(self.new)


def milliseconds(exchange: Exchange, moment: float) -> float:
    """After A was sent."""
    return (moment - exchange.began_at) * 1000


def end_of(exchange: Exchange) -> float:
    """The last moment that is drawn, in milliseconds."""
    moments = [exchange.old.chunks_at[-1], exchange.new.chunks_at[:NEW_CHUNKS][-1], exchange.interrupted_at]
    return milliseconds(exchange, max(moments))


def spoken(seconds: float) -> str:
    """In milliseconds, as the axis has them."""
    value = seconds * 1000
    return f"{value:,.0f} ms" if value >= 9.5 else f"{value:.1f} ms"


def received_at(turn: Turn) -> float:
    """When the fake had the whole prompt: it sent the first chunk then, and had spent so long by then."""
    return turn.chunks_sent_at[0] - turn.chunks_spent_seconds[0]


def choose(data: ChartData, targets: list[Target], place: Place) -> dict[str, Exchange]:
    """One exchange per target that has any, by target name.

    Of those that every target has under the same name, the one that lies nearest the middle of each target's stop
    times; without such, each target's own median.
    """
    found = {target.name: exchanges_of(data, target, place) for target in targets}
    having = {name: there for name, there in found.items() if there}
    shared = set.intersection(*(set(there) for there in having.values())) if having else set()
    if not shared:
        return {name: there[min(there, key=_eccentricities(there).__getitem__)] for name, there in having.items()}
    ranks = [_eccentricities(there) for there in having.values()]
    key = min(sorted(shared), key=lambda key: max(rank[key] for rank in ranks))
    return {name: there[key] for name, there in having.items()}


def exchanges_of(data: ChartData, target: Target, place: Place) -> dict[Key, Exchange]:
    """Plain turns that were interrupted once, by a turn that was heard out; with Gemini's side where any has it."""
    found = {
        (trial.trial, barge_in.new.id): Exchange(trial.trial, barge_in.old, barge_in.new)
        for trial in data.trials(target, place)
        for barge_in in data.window(trial).barge_ins
        if _is_complete(barge_in.old, barge_in.new)
    }
    seen = {key: exchange for key, exchange in found.items() if exchange.gemini_seen}
    return seen or found


def _is_complete(old: Turn, new: Turn) -> bool:
    return (
        old.outcome == new.outcome == "ok"
        and old.barges_in_on is None
        and new.interrupted_at is None
        and old.sent_at is not None
        and new.sent_at is not None
        and old.interrupted_at is not None
        and bool(old.chunks_at and new.chunks_at)
    )


def _seen(turn: Turn) -> bool:
    if not is_attributed(turn) or turn.sent_at is None:
        return False
    forward = all(sent <= at for sent, at in zip(turn.chunks_sent_at, turn.chunks_at, strict=True))
    return forward and received_at(turn) >= turn.sent_at


def _eccentricities(exchanges: dict[Key, Exchange]) -> dict[Key, float]:
    """How far each one's stop time is from the middle, in ranks from 0 (the median) to 1; equal ones rank equally."""
    stops = [exchange.stop_seconds for exchange in exchanges.values()]
    return {
        key: abs(
            sum(stop < exchange.stop_seconds for stop in stops) - sum(stop > exchange.stop_seconds for stop in stops)
        )
        / len(stops)
        for key, exchange in exchanges.items()
    }

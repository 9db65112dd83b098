"""What a person sees while a gate measures: a line for each block, and in a terminal what is going on below."""

import time
from math import isinf
from statistics import median
from typing import Self

from rich.console import Console
from rich.status import Status

from bench import units
from bench.following import Followed
from bench.gate.blocks import WARM_UP
from bench.gate.conclude import good_blocks
from bench.gate.gated import GATED
from bench.gate.pairs import Block, blocks_of
from bench.gate.record import Gate
from bench.progress import minutes


class Live:
    """Says lines, and in a terminal shows below them what goes on right now."""

    def __init__(self, console: Console) -> None:
        self._console = console
        moves = console.is_terminal and not console.is_dumb_terminal
        self._status = Status("starting", console=console) if moves else None

    def watch(self, block: int, arm: str, followed: Followed) -> None:
        """What goes on right now, in a terminal."""
        if self._status:
            recent = followed.recent_ttft_seconds
            words_after = f", first words after {units.seconds(median(recent))}" if recent else ""
            failed = f", {followed.failed} failed" if followed.failed else ""
            which = "warm-up" if block == WARM_UP else f"block {block}"
            self._status.update(f"{which}, {arm}: {followed.ok} turns{words_after}{failed}")

    def say(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def __enter__(self) -> Self:
        if self._status:
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status:
            self._status.stop()


class Display(Live):
    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._began_at = time.monotonic()

    def begin(self) -> None:
        """The first block is about to be measured."""
        self._began_at = time.monotonic()

    def show(self, gate: Gate) -> None:
        """The record has grown by a block."""
        block = blocks_of(gate.trials, *gate.arms)[-1]
        measured = max(1, len(gate.trials) // 2)
        each_seconds = (time.monotonic() - self._began_at) / (measured + 1)  # with the warm-up
        left = 0 if gate.complete else max(0, gate.blocks_planned - len(good_blocks(gate)))
        self.say(
            f"[{len(good_blocks(gate))}/{gate.blocks_planned}] block {block.number}: "
            f"{_line(block, gate.yardstick.name if gate.yardstick else None)}; "
            f"{minutes(left * each_seconds)} left at most"
        )


def _line(block: Block, yardstick: str | None) -> str:
    """What the head was to the base in the block, or to the yardstick; or why it does not count."""
    spoilt = [
        f"{trial.target}: {reason.message}"
        for trial in (block.base, block.head)
        for reason in trial.reasons
        if reason.verdict == "INVALID"
    ]
    if spoilt:
        return f"{'spoiled' if block.spoiled else 'broken'}, {'; '.join(spoilt)}"
    said = []
    for gated in GATED:
        pair = block.pair(gated)
        if pair and isinf(pair.head):
            said.append(f"{gated.short} unknown, with too few turns answered")
        elif pair and pair.base and pair.head:
            said.append(f"{gated.short} {units.factor(pair.head / pair.base)}")
        elif pair:
            said.append(
                f"{gated.short} {units.show(pair.base, gated.of.unit)} to {units.show(pair.head, gated.of.unit)}"
            )
    said = said or ["nothing that is gated was measured"]
    lost = block.lost
    if lost.head or lost.base:
        said.append(f"lost {lost.head} to {yardstick or 'the base'}'s {lost.base}")
    return f"{f'beside {yardstick}: ' if yardstick else ''}{', '.join(said)}"

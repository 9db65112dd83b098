"""What a person sees while a self-test measures: a line for each block, and in a terminal what is going on below."""

import time

from rich.console import Console

from bench import units
from bench.gate import words
from bench.gate.display import Live
from bench.gate.gated import GATED
from bench.gate.pairs import Block, is_spoiled
from bench.gate.record import BASE
from bench.progress import minutes
from bench.results import Trial
from bench.selftest.faults import BLIND
from bench.selftest.judge import missing_blocks
from bench.selftest.record import SelfTest


class Display(Live):
    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._began_at = time.monotonic()

    def show(self, test: SelfTest) -> None:
        """The record has grown by a block."""
        number = test.trials[-1].trial
        trials = {trial.target: trial for trial in test.trials if trial.trial == number}
        left = missing_blocks(test.trials, test.blocks_planned)
        seconds_left = (time.monotonic() - self._began_at) / number * left
        told = [_line(name, trial, trials[BASE]) for name, trial in trials.items() if name not in (BASE, BLIND)]
        if told:
            done = f"{test.blocks_planned - left}/{test.blocks_planned}"
            self.say(f"[{done}] block {number}: {'; '.join(told)}; {minutes(seconds_left)} left")


def _line(name: str, trial: Trial, base: Trial) -> str:
    """The metrics that differ by more than is allowed, which one block does not prove."""
    if is_spoiled(trial) or is_spoiled(base):
        return f"{name}: spoiled"
    block = Block(trial.trial, base, trial)
    said = []
    for gated in GATED:
        pair = block.pair(gated)
        if pair and pair.base and pair.head > gated.limit(pair.base):
            said.append(f"{gated.short} {units.factor(pair.head / pair.base)}")
    lost = [f"{words.counted(block.lost.head, 'turn')} lost"] if block.lost.head else []
    return f"{name}: {', '.join([*said, *lost]) or 'as the base'}"

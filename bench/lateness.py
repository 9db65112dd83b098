"""How late the instrument may run before its numbers are in doubt.

What a lateness spoils depends on where it enters:

- The load's greenlets wake late, and it reads chunks late. Where arrivals are stamped in user time, whatever came
  meanwhile is stamped as much later: the lag stands in every latency (`READ`). Where the kernel stamps, a chunk that is
  read by itself keeps its moment. But of several chunks of one session that came meanwhile, and are read together, all
  have the stamp of the newest, so that the others are wrong by up to the lag (`READ`).
- The load sets about a turn late, by either clock. That stands in `ttft_from_plan_seconds` and in goodput, and in
  nothing that counts from the sending (`MOVED`).
- The fake Gemini sends late. That looks like a slower model: it stands in the time to first words, in gaps and in
  whole turns, but neither in `ttft_added_seconds` nor in `relay_seconds`, for the fake stamps when it really sent
  (`READ`).

A bound is a share of what the fake Gemini itself takes to the first words, in the median of the window. That is the
least anybody can wait, so no latency that contains it is wrong by a larger share. And it is the same for all targets:
a slow one is not allowed a later instrument, and whether a trial is repeated does not depend on how its target did.
Where replies carry no attribution, and where the model is very quick, the floor holds.
"""

from dataclasses import dataclass

from bench.results import Trial

MODEL_SECONDS = "model_seconds_p50"
"""The number of `Trial.instrument` that shares are of."""


@dataclass(frozen=True)
class Allowance:
    """The latest that a lateness (p99 over the window) may be: beyond the first suspect, beyond the second invalid."""

    shares: tuple[float, float]
    floors_seconds: tuple[float, float]

    def __call__(self, trial: Trial) -> tuple[float, float]:
        model_seconds = trial.instrument.get(MODEL_SECONDS, 0.0)
        suspect, invalid = (
            max(floor, share * model_seconds) for share, floor in zip(self.shares, self.floors_seconds, strict=True)
        )
        return suspect, invalid


READ = Allowance(shares=(0.02, 0.10), floors_seconds=(0.010, 0.050))
"""Of what is inside the numbers. Comparisons call 5 % a difference (`stats.MARGIN`): 2 % in each of two targets cannot
make one, 10 % in one of them can, or can hide it. The floors are three times what shared two-core machines show when
they are well: 1 to 3 ms in the load, 2 to 4 ms in the fake."""
MOVED = Allowance(shares=(0.05, 0.25), floors_seconds=(0.020, 0.100))
"""Of what only shifts when people ask, and is itself recorded turn by turn. Later than a twentieth of the shortest wait
begins to be another load than the one planned; by a quarter of it, it is another one. A window of thirty turns has its
latest turn for p99, so the floors are three times the 7 ms that the latest of a whole run was seen to be."""


def has_kernel_stamps(trial: Trial) -> bool:
    return trial.instrument.get("kernel_stamps_share", 0.0) > 0

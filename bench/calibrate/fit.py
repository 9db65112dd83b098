"""The profile that comes closest to what was recorded. Pure.

Spreads are lognormal, so they are fitted where outliers and clipping tell nothing: by the median, and by the two
quantiles that are one standard deviation from it, the 16 % and 84 % ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log
from statistics import NormalDist, median

import numpy as np

from bench.calibrate.samples import Samples
from servers.fake_gemini.timing import FirstChunk, Profile, Spread, Words

ONE_SIGMA = (NormalDist().cdf(-1), NormalDist().cdf(1))
FAR = 3.0
"""So many standard deviations above the median, 1 in 740 of one lognormal lies; what is more than that is another."""
BY_CHANCE = NormalDist().cdf(-FAR)
FEWEST_SLOW = 3
LEAST_SECONDS = 1e-4
"""Below that, how long something took is what the clock and the network make of it."""
NARROWEST = 0.05
"""The least sigma that counts where the slow answers are told from the usual ones."""
CHUNK_SHARES = (0.05, 0.95)
"""How long chunks are is drawn evenly from a range; these quantiles are its ends, so that no single chunk sets them."""
USUAL_INTERRUPTION_SECONDS, USUAL_AUDIO_FRAME_SECONDS = 0.005, 0.24
"""What the fake's own profiles have, for recordings in which nobody interrupted, or nobody spoke."""


@dataclass(frozen=True)
class Fitted:
    profile: Profile
    notes: tuple[str, ...]
    """What the recordings did not tell, and what was taken instead."""


def fit(samples: Samples, description: str) -> Fitted:
    """`samples` must be of one turn at least, with words."""
    notes = []
    if not samples.interruption_seconds:
        notes.append(f"nobody interrupted: interruption_seconds is the usual {USUAL_INTERRUPTION_SECONDS:g}")
    if not samples.audio_frame_seconds:
        notes.append(f"nothing was spoken: audio_frame_seconds is the usual {USUAL_AUDIO_FRAME_SECONDS:g}")
    if not samples.later_chunk_words:
        notes.append("no reply has more than two chunks: the words of a later chunk are those of whole replies")
    profile = Profile(
        description=description,
        first_chunk_seconds=first_chunk(samples.first_chunk_seconds),
        gap_seconds=spread(samples.gap_seconds or [0.0]),
        interruption_seconds=_rounded(median(samples.interruption_seconds or [USUAL_INTERRUPTION_SECONDS])),
        audio_frame_seconds=_rounded(median(samples.audio_frame_seconds or [USUAL_AUDIO_FRAME_SECONDS])),
        words=_words(samples),
    )
    return Fitted(profile, tuple(notes))


def spread(values: Sequence[float], least: float = LEAST_SECONDS) -> Spread:
    """The lognormal distribution of some values, clipped to where they lie."""
    center = median(values)
    below, above = (max(float(quantile), least) for quantile in np.quantile(values, ONE_SIGMA))
    sigma = log(above / below) / 2
    return Spread(median=_rounded(center), sigma=_rounded(sigma), low=_rounded(min(values)), high=_rounded(max(values)))


def first_chunk(values: Sequence[float]) -> FirstChunk:
    """The usual answers, and those that take so much longer that they are no part of the usual spread."""
    usual = list(values)
    while True:
        fitted = spread(usual)
        bound = fitted.median * exp(FAR * max(fitted.sigma, NARROWEST))
        kept = [value for value in values if value <= bound]
        if len(kept) == len(usual) or not kept:
            break
        usual = kept
    slow = [value for value in values if value > bound]
    if len(slow) < max(FEWEST_SLOW, 3 * BY_CHANCE * len(values)):
        return FirstChunk(usual=spread(values))
    limits = {"low": _rounded(min(values)), "high": _rounded(max(values))}
    return FirstChunk(
        usual=spread(usual).model_copy(update=limits),
        slow=spread(slow).model_copy(update=limits),
        slow_share=_rounded(len(slow) / len(values)),
    )


def _words(samples: Samples) -> Words:
    later = samples.later_chunk_words or samples.reply_words
    low, high = (max(1, round(float(end))) for end in np.quantile(later, CHUNK_SHARES, method="inverted_cdf"))
    return Words(
        reply=spread(samples.reply_words, least=1.0),
        first_chunk=max(1, round(median(samples.first_chunk_words or samples.reply_words))),
        later_chunk_low=low,
        later_chunk_high=high,
    )


def _rounded(value: float) -> float:
    """To four digits: more would be noise."""
    return float(f"{value:.4g}")

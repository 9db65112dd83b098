"""How clear a step or a slope is, held against the same runs in a shuffled order. Pure."""

import numpy as np
from numpy.typing import NDArray

Series = NDArray[np.float64]
"""Logarithms, one for each run."""
MINIMUM_SEGMENT = 3
"""Fewer runs in a row are outliers."""
SHUFFLES = 1999


def chance_of_step(calm: Series) -> float:
    """Among shuffles of the runs, the share in which the clearest step, wherever it lies, is as clear as here."""
    shuffled = _shuffled(calm)
    here = float(clarity(calm[None, :]).max()) * (1 - 1e-9)
    return (1 + int((clarity(shuffled).max(axis=1) >= here).sum())) / (1 + SHUFFLES)


def chance_of_line(calm: Series) -> float:
    places = np.arange(len(calm)) - (len(calm) - 1) / 2
    here = abs(float(calm @ places)) * (1 - 1e-9)
    return (1 + int((np.abs(_shuffled(calm) @ places) >= here).sum())) / (1 + SHUFFLES)


def _shuffled(calm: Series) -> Series:
    """The same every time, so that the same runs give the same answer."""
    return np.random.default_rng(1).permuted(np.tile(calm - calm.mean(), (SHUFFLES, 1)), axis=1)


def clarity(rows: Series) -> Series:
    """For each row and each cut that leaves segments long enough, the variance that the cut explains."""
    length = rows.shape[1]
    sizes = np.arange(MINIMUM_SEGMENT, length - MINIMUM_SEGMENT + 1)
    centred = rows - rows.mean(axis=1, keepdims=True)
    sums = np.cumsum(centred, axis=1)[:, sizes - 1]
    explained: Series = sums**2 * length / (sizes * (length - sizes))
    return explained

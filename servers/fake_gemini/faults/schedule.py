"""When a fault is due. Pure: the script, the seed and the order of the opportunities decide, and nothing else.

An opportunity is one moment of one session; they are counted over all sessions. A fault that is due at an opportunity
that another one takes, or that passes before it could strike, is owed: it takes the next.
"""

from collections.abc import Sequence

from servers.fake_gemini.faults.kinds import Moment
from servers.fake_gemini.faults.script import Fault
from servers.fake_gemini.timing import chance_of


class Clockwork:
    """The opportunities of one fault, one after the other."""

    def __init__(self, fault: Fault, seed: int) -> None:
        self.fault = fault
        self._chance = chance_of("fault", seed, f"{fault.index} {fault.what}")
        self._opportunities = 0
        self._moments_passed = 0
        self.owed = 0
        self._left = fault.times
        """How often it may still strike; None is without end."""

    def advance(self, seconds: float) -> None:
        """Another opportunity, so many seconds after the script was armed."""
        self._opportunities += 1
        self.owed += self._newly_due(seconds)

    def take(self) -> bool:
        """Whether it strikes now."""
        if not self.owed or self._left == 0:
            return False
        self.owed -= 1
        if self._left is not None:
            self._left -= 1
        return True

    def give_back(self) -> None:
        """What was taken could not be done: it is owed once more."""
        self.owed += 1
        if self._left is not None:
            self._left += 1

    def _newly_due(self, seconds: float) -> int:
        fault = self.fault
        if fault.at_seconds is not None:
            passed = sum(moment <= seconds for moment in fault.at_seconds)
            newly, self._moments_passed = passed - self._moments_passed, passed
            return newly
        if fault.share is not None:
            return int(self._chance.random() < fault.share)
        return int(self._opportunities % (fault.every or 1) == 0)


class Schedule:
    """All faults of a script."""

    def __init__(self, faults: Sequence[Fault], seed: int) -> None:
        self._by_moment: dict[Moment, list[Clockwork]] = {}
        for fault in faults:
            self._by_moment.setdefault(fault.when, []).append(Clockwork(fault, seed))

    def __contains__(self, clockwork: Clockwork) -> bool:
        return clockwork in self._by_moment.get(clockwork.fault.when, ())

    def awaits(self, moment: Moment) -> bool:
        """Whether any fault strikes at such moments."""
        return moment in self._by_moment

    def due(self, moment: Moment, seconds: float) -> Clockwork | None:
        """Which fault takes this opportunity; the first in the script where several are due."""
        clockworks = self._by_moment.get(moment, ())
        for clockwork in clockworks:
            clockwork.advance(seconds)
        return next((clockwork for clockwork in clockworks if clockwork.take()), None)

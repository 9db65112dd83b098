"""The fault that a reply meets in its middle. It is settled when the reply begins, so that no chunk has to ask."""

from dataclasses import dataclass

from servers.fake_gemini.faults.armed import Faults, Sufferer
from servers.fake_gemini.faults.schedule import Clockwork
from servers.fake_gemini.timing import chance_of


@dataclass(slots=True)
class Misfortune:
    before_chunk: int = -1
    """Counted from 0; never the first one, and -1 where nothing happens."""
    _clockwork: Clockwork | None = None

    def take(self) -> Clockwork:
        """What is to happen now, once."""
        assert self._clockwork is not None
        clockwork, self._clockwork, self.before_chunk = self._clockwork, None, -1
        return clockwork

    def give_back(self) -> None:
        """The reply is over. What has not happened is owed."""
        if self._clockwork:
            self._clockwork.give_back()


_NONE = Misfortune()


def in_reply(faults: Faults, sufferer: Sufferer, seed: int, prompt: str, chunks: int) -> Misfortune:
    """What a reply of so many chunks will meet; one of a single chunk has no middle."""
    if not faults.awaits("mid_reply") or chunks < 2:
        return _NONE
    clockwork = faults.due("mid_reply", sufferer)
    if clockwork is None:
        return _NONE
    return Misfortune(chance_of("misfortune", seed, prompt).randrange(1, chunks), clockwork)

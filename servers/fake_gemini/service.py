"""What all sessions have in common: how the model behaves, who may speak to it, and where it is written down."""

from dataclasses import dataclass
from typing import Literal

from servers.fake_gemini.ledger import Ledger
from servers.fake_gemini.repertoire import Repertoire
from servers.fake_gemini.timing import Profile

BargeIn = Literal["interrupt", "queue"]


@dataclass(frozen=True, slots=True)
class Service:
    profile: Profile
    seed: int
    barge_in: BargeIn
    """What a typed prompt does to a running reply: cut it, or wait until it has ended. Models differ in this."""
    ledger: Ledger
    api_key: str | None = None
    """The one key that is accepted; None accepts any."""
    repertoire: Repertoire | None = None
    """What is said again from a recording; None where replies are made up."""

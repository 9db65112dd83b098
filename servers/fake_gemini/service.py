"""What all sessions have in common: how the model behaves, who may speak to it, and where it is written down."""

from dataclasses import dataclass, field
from typing import Literal

from servers.fake_gemini.faults.armed import Faults
from servers.fake_gemini.faults.script import Scripts
from servers.fake_gemini.ledger import Ledger
from servers.fake_gemini.limits import Gate
from servers.fake_gemini.repertoire import Repertoire
from servers.fake_gemini.resumption import Handles
from servers.fake_gemini.timing import Profile

BargeIn = Literal["interrupt", "queue"]


@dataclass(frozen=True, slots=True)
class Service:
    profile: Profile
    seed: int
    barge_in: BargeIn | None
    """What a typed prompt does to a running reply: cut it, or wait until it has ended; None is as the model does."""
    ledger: Ledger
    api_key: str | None = None
    """The one key that is accepted; None accepts any."""
    faults: Faults = field(default_factory=Faults)
    """What goes wrong, and the limits that hold."""
    scripts: Scripts = field(default_factory=Scripts)
    """Those that can be armed."""
    gate: Gate = field(default_factory=Gate)
    handles: Handles = field(default_factory=Handles)
    repertoire: Repertoire | None = None
    """What is said again from a recording; None where replies are made up."""

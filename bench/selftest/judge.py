"""Whether the gate says of each fault what it has to: its own judgement, on the trials of base and fault. Pure."""

from collections.abc import Sequence

from bench.gate import words
from bench.gate.conclude import conclude
from bench.gate.pairs import blocks_of
from bench.gate.record import BASE, HEAD, Gate, Looked
from bench.gate.rule import LEAST_BLOCKS, look_at, looks
from bench.results import Trial
from bench.selftest.faults import BLIND, FAULTS, Fault
from bench.selftest.record import Checked, SelfTest

UNHARMED = "PASS or INCONCLUSIVE"
CAUGHT = "INVALID, as the arms are not what was asked for"


def judge(test: SelfTest) -> SelfTest:
    """A copy with a check for each fault that was measured, and whether all is proved."""
    measured = {trial.target for trial in test.trials}
    checks = [_check(test, fault) for fault in FAULTS if fault.name in measured]
    if BLIND in measured:
        checks.append(_blind(test))
    judged = test.model_copy(update={"checks": checks})
    return judged.model_copy(update={"headline": _headline(judged)})


def missing_blocks(trials: Sequence[Trial], planned: int) -> int:
    """How many more it takes at least until every fault has as many as are planned that nothing spoiled."""
    good = [sum(not block.spoiled for block in blocks_of(trials, BASE, fault.name)) for fault in FAULTS]
    return max(0, planned - min(good))


def gate_of(test: SelfTest, arm: str) -> Gate:
    """What a gate would have stored that measured only the base and this arm, as its head."""
    trials = [_as_gate(trial, arm) for trial in test.trials if trial.target in (BASE, arm)]
    last = look_at(test.blocks_planned, looks(test.blocks_planned), ended=True)
    assert last is not None
    injected = next((trial.injected for trial in trials if trial.target == HEAD and trial.injected), "")
    gate = Gate(
        id=test.id,
        started_at=test.started_at,
        command=test.command,
        complete=test.complete,
        kind="revisions",
        target=test.target,
        base=test.base,
        head=test.head.model_copy(update={"injected": injected}),
        seed=test.seed,
        case=test.case,
        fake_profile=test.fake_profile,
        environment=test.environment,
        blocks_planned=test.blocks_planned,
        looks=[Looked(blocks=last.blocks, alpha=last.alpha)],
        trials=trials,
    )
    return conclude(gate, last)


def _as_gate(trial: Trial, arm: str) -> Trial:
    return trial.model_copy(update={"target": HEAD}) if trial.target == arm else trial


def _check(test: SelfTest, fault: Fault) -> Checked:
    gate = gate_of(test, fault.name)
    if fault.shows_in is None:
        measured = any(decided.blocks - decided.missing >= LEAST_BLOCKS for decided in gate.decisions)
        return _told(gate, fault, UNHARMED, measured and gate.verdict in ("PASS", "INCONCLUSIVE"))
    return _told(gate, fault, f"FAIL in {fault.shows_in}", gate.verdict == "FAIL" and fault.shows_in in named(gate))


def named(gate: Gate) -> Sequence[str]:
    """The metrics that shut a gate, as `--accept` calls them."""
    failed = [decided.name for decided in gate.decisions if decided.verdict == "FAIL"]
    return [*failed, *([words.LOST] if gate.lost and gate.lost.verdict == "FAIL" else [])]


def _blind(test: SelfTest) -> Checked:
    """A gate that serves the base in place of the head as well."""
    fault = Fault(BLIND, "the gate reads the base twice", lambda _: "", None)
    gate = gate_of(test, BLIND)
    caught = gate.verdict == "INVALID" and any(reason.check == "arms" for reason in gate.reasons)
    return _told(gate, fault, CAUGHT, caught)


def _told(gate: Gate, fault: Fault, expected: str, proved: bool) -> Checked:
    return Checked(
        fault=fault.name,
        what=fault.what,
        injected=gate.head.injected,
        expected=expected,
        shows_in=fault.shows_in,
        proved=proved,
        verdict=gate.verdict,
        headline=_said(gate),
        reasons=gate.reasons,
        decisions=gate.decisions,
        lost=gate.lost,
    )


def _said(gate: Gate) -> str:
    """The verdict and why, without who was compared, which is the same in all."""
    match gate.verdict:
        case "FAIL":
            return f"FAIL: {'; '.join(words.failing(gate))}"
        case "INCONCLUSIVE":
            return f"INCONCLUSIVE: {'; '.join(words.undecided(gate))}"
        case "INVALID":
            return gate.headline
        case "PASS":
            return "PASS"


def _headline(test: SelfTest) -> str:
    if not test.complete:
        return "The self-test was ended before all was measured, and proves nothing."
    if test.spoiled:
        spoiled = ", ".join(check.fault for check in test.checks if check.spoiled)
        return f"Nothing is said of the gate: the machine spoiled too many blocks of {spoiled}."
    if wrong := [check for check in test.checks if not check.proved and not check.spoiled]:
        names = ", ".join(check.fault for check in wrong)
        if all(check.verdict == "INCONCLUSIVE" for check in wrong):
            return f"The gate is not to be relied on here: this machine is too noisy for it to see {names}."
        return f"The gate is not to be trusted on this machine: it was wrong about {names}."
    return (
        f"The gate works on this machine: {len(test.checks)} of {len(test.checks)} faults were told as they have to be."
    )

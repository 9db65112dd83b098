"""What faults did, in words: the sentence, the table under it, and the names that charts print. Pure."""

from collections.abc import Mapping, Sequence
from statistics import median

from bench import units
from bench.book import names_of
from bench.faults.record import Seen
from bench.faults.tally import Kind, Tally, holdings, tallies_of, wrongly_touched
from bench.results import Run, Target

SAW: Mapping[Seen, str] = {
    "unnoticed": "nothing amiss",
    "late": "late, but whole",
    "told": "an error, with its code",
    "closed": "an end without a word",
    "cut_short": "a reply cut short",
    "given_up": "nothing, until given up",
    "unknown": "not known",
}
WHEN: Mapping[str, str] = {
    "connect": "As the server connects",
    "setup": "As the session is set up",
    "prompt": "When a prompt has come",
    "mid_reply": "In the middle of a reply",
    "turn_end": "As a reply ends",
    "idle": "While nobody speaks",
    "limit": "A limit is reached",
}
LEGEND = (
    "Each number is how many of these faults struck, in all trials. Known: median time until the client knew that the "
    "turn had failed. Answered: median time until the first words of the answer to the same question, asked again "
    "after a pause of up to a second. Both from the moment at which the fault struck."
)


def sentence(run: Run) -> str:
    """The finding, and a sentence for each target; empty where no fault struck."""
    tallies, names = tallies_of(run), names_of(run.targets)
    there = [target for target in run.targets if target.name in tallies.by_target]
    if not there:
        return ""
    wholes = {names[target.name]: tallies.all_of(target.name) for target in there}
    dark = [f"{whole.dark} of {whole.known} with {name}" for name, whole in wholes.items()]
    wronged = [f"{wrongly_touched(run, t)} with {names[t.name]}" for t in there if wrongly_touched(run, t)]
    others = (
        f"sessions that none had struck suffered as well: {', '.join(wronged)}" if wronged else "nobody else was hurt"
    )
    each = [f"{name} {_did(whole)}." for name, whole in wholes.items()]
    return " ".join([f"Faults behind the server leave people in the dark: {', '.join(dark)}; {others}.", *each])


def _did(tally: Tally) -> str:
    quiet, told = tally.counts.get("unnoticed", 0) + tally.counts.get("late", 0), tally.counts.get("told", 0)
    known = Tally([strike for strike in tally.strikes if strike.seen == "told"]).known_seconds
    after = f" (median {units.seconds(known)})" if known is not None else ""
    return f"lets people have their reply in {quiet} of {tally.known} and tells them in {told}{after}"


def title(kind: Kind) -> str:
    return kind[1].replace("_", " ")


def cell(tally: Tally) -> str:
    """'told 3 (known 20 ms, answered 1.2 s)'."""
    if not tally.strikes:
        return "-"
    seen = ", ".join(f"{SAW[seen]} {number}" for seen, number in tally.counts.items())
    known, answered = tally.known_seconds, tally.recovered_seconds
    times = [f"known {units.seconds(known)}"] if known is not None else []
    times += [f"answered {units.seconds(answered)}"] if answered is not None else []
    return f"{seen} ({', '.join(times)})" if times else seen


def table(run: Run) -> list[list[str]]:
    """Heads and rows: what people saw, fault by fault, and the sums; nothing where no fault struck."""
    tallies, names = tallies_of(run), names_of(run.targets)
    there = [target for target in run.targets if target.name in tallies.by_target]
    if not there:
        return []
    rows = [["when", "fault", *(f"{names[target.name]}: what people saw" for target in there)]]
    for kind in tallies.kinds:
        rows.append([WHEN[kind[0]], title(kind), *(cell(tallies.of(target.name, kind)) for target in there)])
    return [*rows, *_sums(run, there)]


def _sums(run: Run, there: Sequence[Target]) -> list[list[str]]:
    wholes = [tallies_of(run).all_of(target.name) for target in there]
    return [
        ["All", "what people saw", *(cell(whole) for whole in wholes)],
        ["All", "turns lost", *(f"{whole.lost} by {whole.costly} of {len(whole.strikes)} faults" for whole in wholes)],
        ["All", "of those answered in the end", *(f"{whole.recovered} of {whole.costly}" for whole in wholes)],
        ["All", "sessions wrongly touched", *(str(wrongly_touched(run, target)) for target in there)],
        ["Afterwards", "memory, threads, descriptors", *(_afterwards(run, target) for target in there)],
    ]


def _afterwards(run: Run, target: Target) -> str:
    """What an idle server held before and after, medians over the executions."""
    found = holdings(run, target)
    if not found:
        return "-"
    memory = [median(each.memory_bytes for each in side) for side in zip(*found, strict=True)]
    threads = [median(each.threads for each in side) for side in zip(*found, strict=True)]
    descriptors = [median(each.descriptors for each in side) for side in zip(*found, strict=True)]
    return ", ".join(
        [
            f"{units.size(memory[0])} before, {units.size(memory[1])} after",
            f"{units.count(threads[0])} and {units.count(threads[1])} threads",
            f"{units.count(descriptors[0])} and {units.count(descriptors[1])} descriptors",
        ]
    )

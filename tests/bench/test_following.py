from pathlib import Path

from bench.following import Followed, follow
from loadtests.support.turn import Mark, Stream, Turn, to_line


def turn(number: int, outcome: str = "ok") -> Turn:
    return Turn(
        id=str(number),
        session="1/1",
        sessions=3,
        prompt_characters=1,
        planned_at=10.0,
        sent_at=10.0,
        chunks_at=[10.0 + number],
        outcome=outcome,  # type: ignore[arg-type]
    )


def test_counts_grow_with_the_files(tmp_path: Path) -> None:
    path = tmp_path / "turns-0-1.ndjson"
    path.write_bytes(to_line(Mark("level", 1.0, 3)) + to_line(turn(1)))
    first = follow(tmp_path, Followed())
    assert (first.sessions, first.ok, first.failed) == (3, 1, 0)
    assert first.has_begun and not Followed().has_begun
    with path.open("ab") as file:
        file.write(to_line(turn(2, "failed")) + to_line(turn(3)))
    second = follow(tmp_path, first)
    assert (second.ok, second.failed) == (2, 1)
    assert second.recent_ttft_seconds == (1.0, 2.0, 3.0)


def test_half_a_line_waits_for_its_other_half(tmp_path: Path) -> None:
    path = tmp_path / "turns-0-1.ndjson"
    line = to_line(turn(1))
    path.write_bytes(line[:20])
    first = follow(tmp_path, Followed())
    assert first.ok == 0
    with path.open("ab") as file:
        file.write(line[20:])
    assert follow(tmp_path, first).ok == 1


def test_every_process_counts(tmp_path: Path) -> None:
    for number in (1, 2):
        lines = to_line(Mark("level", 1.0, number)) + to_line(turn(number))
        (tmp_path / f"turns-{number}-7.ndjson").write_bytes(lines + to_line(Stream(number, 1, 2, 0, 0, True, True)))
    followed = follow(tmp_path, Followed())
    assert (followed.ok, followed.sessions) == (2, 3)

import shutil
from dataclasses import replace
from pathlib import Path

import loadtests
from loadtests.support.load_code import build_of, introduce, load_build, why_refused

CODE = Path(loadtests.__file__).parent


def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CODE, tmp_path / "loadtests", ignore=shutil.ignore_patterns("__pycache__")))


def test_the_same_code_in_another_folder_has_the_same_name(tmp_path: Path) -> None:
    assert build_of(copied(tmp_path)) == load_build()
    assert len(load_build()) == 12


def test_a_change_to_scenario_support_or_prompts_gives_another_name(tmp_path: Path) -> None:
    copy = copied(tmp_path)
    names = {load_build()}
    for changed in ("latency.py", "support/turn.py", "support/prompts.txt"):
        (copy / changed).write_text((copy / changed).read_text() + "\n")
        names.add(build_of(copy))
    assert len(names) == 4


def test_manifests_beside_the_code_are_no_part_of_it(tmp_path: Path) -> None:
    copy = copied(tmp_path)
    (copy / "elsewhere").mkdir()
    (copy / "elsewhere" / "more.py").write_text("")
    assert build_of(copy) == load_build()


def test_only_a_worker_with_other_code_is_refused() -> None:
    worker = introduce(3)
    assert why_refused(worker) is None
    assert why_refused(replace(worker, python="3.99.0")) is None
    said = why_refused(replace(worker, build="0" * 12))
    assert said is not None and said.startswith(f"runs other load code, 000000000000 and not {load_build()}")

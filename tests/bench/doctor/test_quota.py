from pathlib import Path

import pytest

from bench.doctor.quota import quota_cores


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def ours(tmp_path):
    return tmp_path / "cgroup"


@pytest.fixture
def groups(tmp_path):
    return tmp_path / "groups"


def test_least_of_our_group_and_those_above_counts(groups, ours):
    write(ours, "0::/a/b\n")
    write(groups / "a" / "b" / "cpu.max", "max 100000\n")
    write(groups / "a" / "cpu.max", "150000 100000\n")
    write(groups / "cpu.max", "400000 100000\n")
    assert quota_cores(groups, ours) == 1.5


def test_in_a_container_our_group_is_the_root(groups, ours):
    write(ours, "0::/\n")
    write(groups / "cpu.max", "50000 100000\n")
    assert quota_cores(groups, ours) == 0.5


def test_group_that_is_seen_from_outside_is_looked_for_as_far_as_it_can_be(groups, ours):
    write(ours, "0::/docker/abc\n")
    write(groups / "cpu.max", "200000 100000\n")
    assert quota_cores(groups, ours) == 2.0


@pytest.mark.parametrize(("quota", "cores"), [("250000", 2.5), ("-1", None)])
def test_first_version_has_a_folder_for_the_processor(groups, ours, quota, cores):
    write(ours, "4:memory:/m\n3:cpu,cpuacct:/c\n")
    write(groups / "cpu,cpuacct" / "c" / "cpu.cfs_quota_us", f"{quota}\n")
    write(groups / "cpu,cpuacct" / "c" / "cpu.cfs_period_us", "100000\n")
    assert quota_cores(groups, ours) == cores


def test_system_without_control_groups_has_no_quota(groups, ours):
    assert quota_cores(groups, ours) is None
    write(ours, "0::/\n")
    assert quota_cores(groups, ours) is None

import psutil

from bench.cores import Cores
from bench.environment import PACKAGES, read_environment


def test_the_record_names_machine_software_and_pinning() -> None:
    environment = read_environment(Cores(frozenset({0}), frozenset({1})))
    assert environment.cpu_count == psutil.cpu_count()
    assert environment.memory_bytes == psutil.virtual_memory().total
    assert environment.cpu_model and environment.python
    assert environment.pinning == {"server": [0], "load and fake": [1]}
    assert set(environment.packages) == set(PACKAGES)

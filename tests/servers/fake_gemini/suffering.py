"""Arming a fake with faults of one's own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlencode

from tests.fake_gemini_process import RunningFake, fake_gemini

Suffering = Callable[..., RunningFake]


@contextmanager
def suffering_fakes() -> Iterator[Suffering]:
    """A function that arms a script, given without its description, in a fake that has forgotten all that was before.

    Fakes are started as profiles are asked for, one each.
    """
    fakes: dict[str, RunningFake] = {}
    with ExitStack() as running:

        def arm(script: str, profile: str | Path = "fast") -> RunningFake:
            if str(profile) not in fakes:
                fakes[str(profile)] = running.enter_context(fake_gemini(profile))
            fake = fakes[str(profile)]
            fake.count_anew()
            status, answer = fake.get(arming(script))
            assert status == 200, answer
            return fake

        yield arm


def arming(script: str) -> str:
    """The request that arms a script, which is given without its description."""
    return "/faults?" + urlencode({"arm": "a test", "script": f'description = "A test"\n{script}'})

import ctypes
import platform
import subprocess
import sys

import pytest

from servers import heap

SCRIPT = """
import ctypes
from servers import heap

class Account(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in "arena free fast mapped mapped_bytes a b c d e".split()]

def mapped():
    library = ctypes.CDLL(None)
    library.mallinfo2.restype = Account
    return library.mallinfo2().mapped

def one_more():
    before = mapped()
    kept = bytes(2**18)
    return mapped() - before

{call}
freed = bytes(2**20)
del freed
print(one_more())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="it is about the heap of glibc")
@pytest.mark.parametrize(
    ("call", "mapped"), [("heap.return_what_is_large()", "1"), ("", "0")], ids=["told", "as it is"]
)
def test_large_buffer_is_asked_of_the_system_though_another_has_been_freed(call: str, mapped: str) -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT.format(call=call)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == mapped


def test_other_c_libraries_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    heap.return_what_is_large()

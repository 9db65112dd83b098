import subprocess
import sys


def test_soft_limit_of_open_files_is_raised() -> None:
    program = (
        "import resource as r; from servers.descriptors import allow_many_sessions;"
        "hard = r.getrlimit(r.RLIMIT_NOFILE)[1]; r.setrlimit(r.RLIMIT_NOFILE, (64, hard));"
        "allow_many_sessions(); print(*r.getrlimit(r.RLIMIT_NOFILE), hard)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    soft, hard, hard_before = map(int, done.stdout.split())
    assert soft > 64
    assert hard == hard_before

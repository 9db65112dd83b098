import subprocess
import sys


def test_sdk_is_not_even_imported() -> None:
    """It would cost half a second at the start, and memory for as long as the server runs."""
    code = "import servers.raw_app, sys; print([name for name in sys.modules if name.startswith('google')])"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"

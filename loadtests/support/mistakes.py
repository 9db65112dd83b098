"""What the user can mend, said in one line, with exit code 2."""

import sys
from typing import NoReturn


def give_up(message: str) -> NoReturn:
    sys.stderr.write(f"error: {message}\n")
    sys.exit(2)

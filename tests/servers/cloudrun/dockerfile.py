"""A Dockerfile carried out without Docker: the same files are copied to a folder and the same commands run in it.

Only what our Dockerfile uses is understood; anything else is refused, so that nothing is passed over in silence.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

NOT_SENT = (".git", ".venv")
"""Too large to look through, and tested not to be let in."""


@dataclass
class Stage:
    """What one stage does, in its order, with all that it inherits."""

    base: str
    environment: dict[str, str] = field(default_factory=dict)
    workdir: str = "/"
    steps: list[tuple[str, list[str]]] = field(default_factory=list)
    """("COPY", sources and destination) or ("RUN", [the shell's text])."""
    user: str = "root"
    command: list[str] = field(default_factory=list)

    def inherited(self) -> "Stage":
        return Stage(self.base, dict(self.environment), self.workdir, list(self.steps), self.user, list(self.command))


def stages(text: str) -> dict[str, Stage]:
    """The stages of a Dockerfile by name. Raises ValueError for what is not understood here."""
    found: dict[str, Stage] = {}
    stage: Stage | None = None
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        word, _, rest = line.partition(" ")
        if word == "FROM":
            base, name = re.fullmatch(r"(\S+) AS (\S+)", rest).groups()  # type: ignore[union-attr]
            stage = found[name] = found[base].inherited() if base in found else Stage(base)
            continue
        assert stage is not None, "FROM comes first"
        match word:
            case "ENV":
                stage.environment |= dict(pair.split("=", 1) for pair in shlex.split(rest))
            case "WORKDIR":
                stage.workdir = rest
            case "COPY":
                stage.steps.append(("COPY", rest.split()))
            case "RUN":
                stage.steps.append(("RUN", [rest]))
            case "USER":
                stage.user = rest
            case "CMD":
                stage.command = json.loads(rest)
            case _:
                raise ValueError(f"not understood: {line}")
    return found


def let_in(ignore: str, path: str) -> bool:
    """Whether an ignore file lets a path into the build: the last pattern that fits it or a folder above decides."""
    inside = True
    for line in ignore.splitlines():
        if line and not line.startswith("#"):
            pattern = line.removeprefix("!").removeprefix("/")
            parts = re.escape(pattern).replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")
            if re.match(f"{parts}(?:/|$)", path):
                inside = line.startswith("!")
    return inside


def context(root: Path, ignore: str, folder: Path) -> Path:
    """A copy of what an ignore file lets in."""
    for entry in sorted(root.iterdir()):
        paths = [entry] if entry.is_file() else [] if entry.name in NOT_SENT else sorted(entry.rglob("*"))
        for path in paths:
            name = path.relative_to(root)
            if path.is_file() and let_in(ignore, name.as_posix()):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, folder / name)
    return folder


def copy(stage: Stage, sent: Path, image: Path) -> Path:
    """Does the COPY steps of a stage; the folder that stands for its WORKDIR."""
    workdir = image / stage.workdir.lstrip("/")
    workdir.mkdir(parents=True, exist_ok=True)
    for kind, words in stage.steps:
        if kind == "COPY":
            *sources, destination = words
            for source in sources:
                if (sent / source).is_dir():
                    shutil.copytree(sent / source, workdir / destination, dirs_exist_ok=True)
                else:
                    shutil.copy(sent / source, workdir / destination)
    return workdir


def run(stage: Stage, workdir: Path, environment: Mapping[str, str]) -> None:
    """Does the RUN steps of a stage, in the shell that Docker would use. Raises AssertionError with what they said."""
    for kind, (text, *_) in stage.steps:
        if kind == "RUN":
            done = subprocess.run(
                ["/bin/sh", "-c", text], cwd=workdir, env=dict(environment), capture_output=True, text=True, timeout=900
            )
            assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"


def of_the_network() -> dict[str, str]:
    """What of our environment says how packages are fetched here, which is not the Dockerfile's business."""
    names = re.compile(
        r"PIP_(?!REQUIRE|NO_DEPS|TARGET)\w+|(HTTPS?|NO|ALL)_PROXY|SSL_CERT_FILE|REQUESTS_CA_BUNDLE", re.I
    )
    return {name: value for name, value in os.environ.items() if names.fullmatch(name)}

"""A GitHub that is asked by `gh api`, for scripts of jobs: answers from a table, and keeps what was written."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

GH = f"""#!{sys.executable}
import json, pathlib, subprocess, sys

home = pathlib.Path(__file__).parent
words = sys.argv[1:]
path = next(word for word in words if word.startswith("repos/")).partition("?")[0]
if "--input" in words:
    method = words[words.index("--method") + 1]
    (home / "written.json").write_text(json.dumps([method, path, json.load(sys.stdin)]))
    sys.exit()
table = json.loads((home / "answers.json").read_text())
if path not in table:
    sys.exit(f"gh: Not Found (HTTP 404): {{path}}")
if path.endswith("/zip"):
    sys.stdout.buffer.write(pathlib.Path(table[path]).read_bytes())
    sys.exit()
query = ["jq", "-r", words[words.index("--jq") + 1]]
sys.exit(subprocess.run(query, input=json.dumps(table[path]), text=True).returncode)
"""


class GitHub:
    """Answers by path; `bash` runs a script of a job as its runner does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.answers: dict[str, Any] = {}
        self.output = folder / "output"
        self.summary = folder / "summary"
        (folder / "gh").write_text(GH, encoding="utf-8")
        (folder / "gh").chmod(0o755)

    def program(self, name: str, text: str) -> None:
        """Puts a shell script in the place of a program that the jobs call by this name."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        path.chmod(0o755)

    def bash(self, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Runs it with `shell: bash` as GitHub spells that."""
        (self.folder / "answers.json").write_text(json.dumps(self.answers), encoding="utf-8")
        for file in (self.output, self.summary):
            file.write_text("", encoding="utf-8")
        environment = {
            "PATH": f"{self.folder}:{os.environ['PATH']}",
            "RUNNER_TEMP": str(self.folder),
            "GITHUB_OUTPUT": str(self.output),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "GITHUB_REPOSITORY": "we/chat",
            **variables,
        }
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=60)

    def artifact(self, **files: bytes) -> None:
        """The archive that the gate's run 7 left: the files of its one folder, `_` standing for the dot in a name."""
        archive = self.folder / "made-up.zip"
        with zipfile.ZipFile(archive, "w") as made:
            for name, content in files.items():
                made.writestr(f"20260101T000000Z-gate/{name.replace('_', '.')}", content)
        listed = {"id": 5, "size_in_bytes": archive.stat().st_size, "created_at": "2026-01-01T00:00:00Z"}
        self.answers["repos/we/chat/actions/runs/7/artifacts"] = {"artifacts": [listed]}
        self.answers["repos/we/chat/actions/artifacts/5/zip"] = str(archive)

    @property
    def written(self) -> tuple[str, str, str] | None:
        """How, where and with what text the last comment was written; None if none was."""
        file = self.folder / "written.json"
        if not file.exists():
            return None
        method, path, sent = json.loads(file.read_text(encoding="utf-8"))
        return method, path, sent["body"]

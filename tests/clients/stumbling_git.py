"""A git program that fails at one command for its first few times."""

import shutil
from pathlib import Path

import pytest

SCRIPT = """\
#!/bin/sh
for word; do
  if [ "$word" = {command} ]; then
    count=0
    while read -r line; do count=$((count + 1)); done < {trace}
    if [ $count -lt {times} ]; then echo failed >> {trace}; {trouble}; fi
  fi
done
exec {git} "$@"
"""
DISK = "echo 'fatal: unable to write new index file' >&2; exit 128"
KILLED = ': > "$GIT_INDEX_FILE.lock"; kill -9 $$'


class StumblingGit:
    """Builtins of the shell alone: some of our calls let git find no program."""

    def __init__(self, folder: Path, command: str, trouble: str, times: int = 2) -> None:
        folder.mkdir()
        self.folder, self._trace = folder, folder / "trace"
        self._trace.touch()
        git = shutil.which("git")
        program = folder / "git"
        program.write_text(
            SCRIPT.format(command=command, trace=self._trace, times=times, trouble=trouble, git=git)
        )
        program.chmod(0o755)

    @property
    def failed(self) -> int:
        return len(self._trace.read_text().splitlines())

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", str(self.folder), prepend=":")

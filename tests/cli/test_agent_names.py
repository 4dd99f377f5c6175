"""The program of `--agent`, looked for before anything is begun."""

from pathlib import Path

import pytest

from cli.coder import words_of
from cli.exits import NotFoundError


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """All there is on the PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def install(folder: Path, name: str) -> None:
    (folder / name).touch(mode=0o755)


@pytest.mark.parametrize(("there", "asked"), [("python3", "python"), ("python", "python3")])
def test_where_python_has_its_other_name_that_is_said(
    programs: Path, there: str, asked: str
) -> None:
    install(programs, there)
    with pytest.raises(NotFoundError, match=rf"no program {asked} on the PATH.* is {there}: say"):
        words_of(f"{asked} agent.py", local=True)
    assert words_of(f"{there} agent.py", local=True) == (there, "agent.py")


@pytest.mark.parametrize("asked", ["python", "claude"])
def test_where_there_is_nothing_like_it_it_is_to_be_installed(programs: Path, asked: str) -> None:
    with pytest.raises(NotFoundError, match="Install it, or say its absolute path"):
        words_of(asked, local=True)


def test_a_file_in_the_home_folder_is_found_though_no_shell_looked(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(programs, "mine.py")
    monkeypatch.setenv("HOME", str(programs))
    found = words_of("{python} ~/mine.py '~/nothing is there'", local=True)
    assert found == ("{python}", str(programs / "mine.py"), "~/nothing is there")
    assert words_of("~/mine.py", local=True) == (str(programs / "mine.py"),)

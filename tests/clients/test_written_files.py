"""Writing into a folder where a program may have laid traps."""

import os
from pathlib import Path

import pytest

from clients.written_files import UnwritablePathError, write_below


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "checkout").mkdir()
    return tmp_path / "checkout"


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_files_are_written_with_their_folders_and_again(folder: Path) -> None:
    for _ in range(2):
        write_below(folder, {"changes.d/DEMO-1.md": "Mended.\n", "é.md": "lone \ud800"})
    assert files_in(folder) == ["changes.d/DEMO-1.md", "é.md"]
    assert (folder / "changes.d/DEMO-1.md").read_text() == "Mended.\n"
    assert (folder / "é.md").read_bytes() == b"lone ?"


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/x",
        "../x",
        "a/../../x",
        "a//b",
        "a/",
        "./x",
        ".git/config",
        "a/.GIT/hooks/x",
        "a\0",
    ],
)
def test_a_path_that_names_no_file_of_the_repository_writes_nothing(
    folder: Path, path: str
) -> None:
    with pytest.raises(UnwritablePathError):
        write_below(folder, {"fine.md": "x", path: "x"})
    assert files_in(folder.parent) == []


def test_a_link_on_the_way_is_not_followed(folder: Path) -> None:
    outside = folder.parent / "outside"
    outside.mkdir()
    os.symlink(outside, folder / "docs")
    with pytest.raises(UnwritablePathError, match="docs/x"):
        write_below(folder, {"docs/x.md": "x"})
    assert files_in(outside) == []


def test_a_link_at_the_end_is_replaced_and_what_it_leads_to_is_left_alone(folder: Path) -> None:
    outside = folder.parent / "outside.md"
    outside.write_text("theirs")
    os.symlink(outside, folder / "a.md")
    os.symlink(outside, folder / ".slipway-draft")
    write_below(folder, {"a.md": "ours"})
    assert outside.read_text() == "theirs"
    assert not (folder / "a.md").is_symlink()
    assert files_in(folder) == ["a.md"]


def test_a_pipe_does_not_make_anybody_wait(folder: Path) -> None:
    os.mkfifo(folder / "a.md")
    write_below(folder, {"a.md": "ours"})
    assert (folder / "a.md").read_text() == "ours"


def test_a_folder_in_the_place_of_a_file_is_an_error_that_leaves_no_draft(folder: Path) -> None:
    (folder / "a.md").mkdir()
    with pytest.raises(UnwritablePathError, match=r"a\.md"):
        write_below(folder, {"a.md": "x"})
    assert files_in(folder) == []

"""Keeping folders, and laying them out elsewhere."""

import os
from pathlib import Path

import pytest

from clients.kept_trees import MANIFEST, MOST_DEPTH, TooMuchToKeepError, keep, lay


class Places:
    """Where a tree stands first, where it is kept, and where it is laid out."""

    def __init__(self, folder: Path) -> None:
        self.old, self.entry, self.new = folder / "old", folder / "entry", folder / "new-place"
        self.old.mkdir()
        self.new.mkdir()

    def keep(self, *names: str) -> None:
        keep({("run", name): self.old / name for name in names}, {"run": self.old}, self.entry)

    def lay(self) -> None:
        lay(self.entry, {"run": self.new})


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path)


def test_files_links_and_empty_folders_come_back(places: Places) -> None:
    (places.old / "a/empty").mkdir(parents=True)
    (places.old / "a/run").write_bytes(b"\x7fELF\0")
    (places.old / "a/run").chmod(0o700)
    (places.old / "a/link").symlink_to("run")
    places.keep("a")
    places.lay()
    assert sorted(os.listdir(places.new / "a")) == ["empty", "link", "run"]
    assert (places.new / "a/run").read_bytes() == b"\x7fELF\0"
    assert (places.new / "a/run").stat().st_mode & 0o777 == 0o755
    assert os.readlink(places.new / "a/link") == "run"


def test_paths_inside_are_put_right(places: Places) -> None:
    (places.old / "bin").mkdir()
    (places.old / "bin/pip").write_text(f"#!{places.old}/bin/python\n")
    (places.old / "bin/link").symlink_to(places.old / "bin/pip")
    places.keep("bin")
    places.lay()
    assert (places.new / "bin/pip").read_text() == f"#!{places.new}/bin/python\n"
    assert os.readlink(places.new / "bin/link") == f"{places.new}/bin/pip"


def test_programs_that_hold_a_path_stay_what_they_are(places: Places) -> None:
    compiled = f"\0{places.old}\0".encode()
    (places.old / "library.so").write_bytes(compiled)
    places.keep("library.so")
    places.lay()
    assert (places.new / "library.so").read_bytes() == compiled


def test_what_is_there_already_stays(places: Places) -> None:
    (places.old / "a").write_text("kept")
    places.keep("a")
    (places.new / "a").write_text("own")
    places.lay()
    assert (places.new / "a").read_text() == "own"


def test_a_link_on_the_way_leads_nowhere(places: Places) -> None:
    (places.old / "packages/node_modules").mkdir(parents=True)
    places.keep("packages/node_modules")
    outside = places.new.parent / "outside"
    outside.mkdir()
    (places.new / "packages").symlink_to(outside)
    places.lay()
    assert os.listdir(outside) == []


def test_pipes_are_not_kept(places: Places) -> None:
    (places.old / "a").mkdir()
    os.mkfifo(places.old / "a/pipe")
    places.keep("a")
    places.lay()
    assert os.listdir(places.new / "a") == []


def test_too_much_is_not_kept(places: Places) -> None:
    (places.old / "a").write_text("12345678901")
    trees, roots = {("run", "a"): places.old / "a"}, {"run": places.old}
    with pytest.raises(TooMuchToKeepError):
        keep(trees, roots, places.entry, most=10)


def test_folders_without_end_are_not_kept(places: Places) -> None:
    (places.old / "/".join(["d"] * (MOST_DEPTH + 5))).mkdir(parents=True)
    with pytest.raises(TooMuchToKeepError):
        places.keep("d")


def test_half_of_an_entry_is_not_laid_out(places: Places) -> None:
    for name in ("a", "b"):
        (places.old / name).write_text(name)
    places.keep("a", "b")
    (places.entry / "run/b").unlink()
    with pytest.raises(OSError, match="b"):
        places.lay()
    assert os.listdir(places.new) == []


def test_an_entry_with_a_broken_manifest_is_refused(places: Places) -> None:
    places.keep()
    (places.entry / MANIFEST).write_text("{")
    with pytest.raises(ValueError, match="Kept"):
        places.lay()

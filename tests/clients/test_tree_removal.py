"""Whatever an agent leaves can be removed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from clients.tree_removal import discard, remove_tree

DIG = """
import os
for _ in range(3000):
    os.mkdir('deep')
    os.chdir('deep')
open('file', 'w').close()
os.chmod('..', 0o500)
os.chmod('.', 0)
"""


def test_a_hole_deeper_than_any_path_goes(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    subprocess.run([sys.executable, "-c", DIG], cwd=tree, check=True)
    remove_tree(tree)
    assert not tree.exists()


@pytest.mark.parametrize("mode", [0, 0o100, 0o400, 0o500])
def test_closed_folders_go(tmp_path: Path, mode: int) -> None:
    inner = tmp_path / "tree/a/b"
    inner.mkdir(parents=True)
    (inner / "file").touch()
    for folder in (inner, inner.parent, tmp_path / "tree"):
        folder.chmod(mode)
    remove_tree(tmp_path / "tree")
    assert not (tmp_path / "tree").exists()


def test_what_a_link_points_at_stays_as_it_is(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o500)
    closed = tmp_path / "tree/closed"
    closed.mkdir(parents=True)
    (closed / "link").symlink_to(outside)
    (tmp_path / "tree/link").symlink_to(outside)
    closed.chmod(0)
    remove_tree(tmp_path / "tree")
    assert os.listdir(tmp_path) == ["outside"]
    assert outside.stat().st_mode & 0o777 == 0o500


def test_anything_can_be_discarded(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    for name in ("link", "file", "folder", "nothing"):
        discard(tmp_path / name)
    assert os.listdir(tmp_path) == []

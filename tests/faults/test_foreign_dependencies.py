"""A library with dependencies of its own: installed once, and its tests are green."""

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from clients.project_setup import ANEW, KEPT
from policy.repository_settings import parse_repository_settings
from tests.clients.project_sites import Project

LIBRARY, ARCHIVE = "bleach==6.2.0", "bleach-6.2.0.tar.gz"
SETTINGS = b"""\
setup:
  - pip install --quiet pytest==8.4.2
  - pip install --quiet --editable .[css]
"""
LINE, WRONG = 'rel_values.append("nofollow")', 'rel_values.append("follow")'


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its sources as their authors published them."""
    folder = tmp_path_factory.mktemp("archive")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--no-binary", ":all:", "--dest", str(folder), LIBRARY]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, (
        f"{LIBRARY} could not be fetched: this test needs a package index that answers. "
        f"pip said: {done.stderr[-1000:]}"
    )
    return folder / ARCHIVE


def checkout_of(archive: Path, folder: Path) -> Path:
    with tarfile.open(archive) as sources:
        sources.extractall(folder, filter="data")
    return folder / ARCHIVE.removesuffix(".tar.gz")


@pytest.mark.soak
async def test_dependencies_are_installed_once_and_the_tests_are_green(
    tmp_path: Path, archive: Path
) -> None:
    project = Project(tmp_path)
    project.environment = dict(os.environ)
    project.settings = parse_repository_settings(SETTINGS, "https://host/bleach")
    project.checkout = checkout_of(archive, tmp_path / "first")
    first = await project.run()
    assert first.report is not None
    assert ANEW in first.report.summary

    project.checkout = checkout_of(archive, tmp_path / "second")
    project.environment = {"PATH": os.environ["PATH"], "PIP_NO_INDEX": "1"}
    second = await project.run()
    assert second.report is not None
    assert KEPT in second.report.summary
    for report in (first.report, second.report):
        assert report.tests is not None
        assert report.tests.green
        assert report.tests.passed > 300
    assert len(project.kept()) == 1

    source = project.checkout / "bleach/callbacks.py"
    assert source.read_text().count(LINE) == 1
    source.write_text(source.read_text().replace(LINE, WRONG))
    assert not (await project.report()).green

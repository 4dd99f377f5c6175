"""Set-ups of Python projects: an environment of their own, and the code that is tested."""

import sys
from pathlib import Path

import pytest

from clients.project_setup import ANEW, KEPT, NOT_KEPT
from tests.clients.project_sites import Project

PROJECT = """
[project]
name = "thing"
version = "1.0"
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""
# What the usual ones do, without fetching any: an editable wheel is a path, another one a copy.
BACKEND = """
import os, zipfile

ABOUT = "thing-1.0.dist-info"
TEXTS = {
    f"{ABOUT}/METADATA": "Metadata-Version: 2.1\\nName: thing\\nVersion: 1.0\\n",
    f"{ABOUT}/WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    f"{ABOUT}/entry_points.txt": "[console_scripts]\\nthing = thing:main\\n",
    f"{ABOUT}/RECORD": "",
}

def build_editable(folder, config_settings=None, metadata_directory=None):
    return built(folder, "thing.pth", os.getcwd() + "/src\\n")

def build_wheel(folder, config_settings=None, metadata_directory=None):
    return built(folder, "thing.py", open("src/thing.py").read())

def built(folder, name, text):
    wheel = "thing-1.0-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, wheel), "w") as archive:
        for file, content in {**TEXTS, name: text}.items():
            archive.writestr(file, content)
    return wheel
"""
TEST = """
import subprocess, sys, thing, unittest
class Answer(unittest.TestCase):
    def test_it(self):
        self.assertEqual(thing.answer(), 42)
    def test_its_program(self):
        self.assertEqual(subprocess.check_output(["thing"]), b"42\\n")
    def test_where(self):
        self.assertIn("/home/venv", sys.prefix)
"""
RIGHT = "def answer(): return 42\ndef main(): print(answer())\n"
EDITABLE = ["pip", "install", "--no-index", "--editable", "."]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path)
    project.write("pyproject.toml", PROJECT)
    project.write("backend.py", BACKEND)
    project.write("src/thing.py", RIGHT)
    project.write("tests/test_thing.py", TEST)
    project.environment["PATH"] = f"{tmp_path / 'bin'}:{Path(sys.executable).parent}:/usr/bin:/bin"
    project.says(setup=[EDITABLE])
    return project


def elsewhere(project: Project, thing: str = RIGHT) -> None:
    project.elsewhere()
    project.write("src/thing.py", thing)
    project.write("tests/test_thing.py", TEST)


async def test_an_editable_install_follows_the_checkout_it_is_laid_out_for(
    project: Project,
) -> None:
    summary = await project.summary()
    assert "3 passed, 0 failed" in summary
    assert ANEW in summary
    elsewhere(project)
    summary = await project.summary()
    assert "3 passed, 0 failed" in summary
    assert KEPT in summary
    elsewhere(project, RIGHT.replace("42", "41"))
    summary = await project.summary()
    assert "1 passed, 2 failed" in summary
    assert KEPT in summary
    assert len(project.kept()) == 1


async def test_a_copy_of_the_project_is_installed_each_time(project: Project) -> None:
    project.says(setup=[["{python}", "-m", "pip", "install", "--no-index", "."]])
    summary = await project.summary()
    assert "3 passed, 0 failed" in summary
    assert f"{NOT_KEPT}it installs thing as a copy" in summary
    assert project.kept() == []

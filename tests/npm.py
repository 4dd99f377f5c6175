"""Packages of npm, fetched when a test of the long kind wants them."""

import shutil
import subprocess
from pathlib import Path

import pytest

PATIENCE = 120


def install(folder: Path, *packages: str) -> Path:
    """Where they are. Fails the test where there is no npm: nothing is skipped in silence."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.fail("npm is missing; it comes with Node.js: apt-get install nodejs npm")
    (folder / "package.json").write_text("{}")
    arguments = ("install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-save", *packages)
    done = subprocess.run(
        (npm, *arguments), cwd=folder, capture_output=True, text=True, timeout=PATIENCE
    )
    if done.returncode:
        pytest.fail(f"npm could not fetch {', '.join(packages)}: {done.stderr[-2000:]}")
    return folder / "node_modules"

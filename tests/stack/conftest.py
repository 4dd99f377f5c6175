"""A state directory whose servers are gone after the test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from stack.control import stop
from tests.stack.people import nothing_runs, until


@pytest.fixture
def state_dir(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "state of affairs"
    yield path
    stop(path)
    until(lambda: nothing_runs(path))

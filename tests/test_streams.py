"""Programs whose output is read by a terminal of old, or not to its end."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def ran(*words: str, **variables: str) -> tuple[int, bytes]:
    """Exit code and standard error, of a program whose standard output nobody reads."""
    unread, output = os.pipe()
    os.close(unread)
    try:
        done = subprocess.run(
            [sys.executable, *words],
            cwd=ROOT,
            env={"PATH": os.defpath, **variables},
            stdout=output,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    finally:
        os.close(output)
    return done.returncode, done.stderr


def test_what_a_terminal_cannot_show_is_a_question_mark() -> None:
    program = "import streams; streams.write_what_can_be_shown(); print('é ✓')"
    for encoding, shown in {"ascii": b"? ?\n", "latin-1": b"\xe9 ?\n"}.items():
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={"PYTHONIOENCODING": encoding},
            capture_output=True,
            timeout=60,
            check=True,
        )
        assert done.stdout == shown


@pytest.mark.parametrize("program", ["db", "stack"])
def test_a_reader_who_has_seen_enough_is_no_failure_of_a_server(
    program: str, database_url: str, tmp_path: Path
) -> None:
    variables = {"DATABASE_URL": database_url, "SLIPWAY_STATE_DIR": str(tmp_path)}
    assert ran("-m", program, "status", **variables) == (1, b"")

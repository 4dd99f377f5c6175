"""How the programs end that nothing else has to be running for."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy.exc import ArgumentError

from entry import exit_code
from errors import MissingKeyError
from tests.signals import heed

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("words", "early"),
    [
        (["starter.py", "--help"], b" cli\n"),
        (["worker.py"], b".events\n"),
        (["gateway.py"], b".events\n"),
    ],
)
def test_who_interrupts_a_program_that_still_loads_sees_no_traceback(
    words: list[str], early: bytes, tmp_path: Path
) -> None:
    """With -X importtime it says of each module when it is there; `early` ends the line of one
    behind which most of the others are yet to come. It can't say much that nobody reads, and so
    waits for us where this machine is busy."""
    command = [sys.executable, "-X", "importtime", str(ROOT / words[0]), *words[1:]]
    with subprocess.Popen(
        command,
        env={**os.environ, "SLIPWAY_STATE_DIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pipesize=4096,
        preexec_fn=heed,
    ) as process:
        try:
            said = said_when_interrupted(process, early)
            assert process.wait(60) == 130
        finally:
            process.kill()
    assert b"Traceback" not in said


def said_when_interrupted(process: subprocess.Popen[bytes], early: bytes) -> bytes:
    assert process.stderr is not None
    told = b""
    while not told.endswith(early):
        line = process.stderr.readline()
        assert line, told[-2_000:]
        told += line
    process.send_signal(signal.SIGINT)
    return process.stderr.read()


@pytest.mark.parametrize("program", ["worker", "gateway"])
@pytest.mark.parametrize(("argument", "code"), [("--help", 0), ("SHOP-1", 2)])
def test_a_program_that_takes_no_arguments_says_so(program: str, argument: str, code: int) -> None:
    command = [sys.executable, str(ROOT / f"{program}.py"), argument]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == code
    assert f"usage: {program}.py [-h]" in done.stdout + done.stderr
    assert (".env.example" in done.stdout) == (code == 0)


def test_an_end_before_anything_began_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    assert exit_code("worker", interrupted) == 130
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("failure", "code", "said"),
    [
        (MissingKeyError("SLIPWAY_DECISION_KEY must be set"), 2, "worker: SLIPWAY_DECISION_KEY"),
        (OSError("connection refused"), 4, "worker: cannot work any longer: connection refused"),
        (RuntimeError("no server"), 4, "worker: cannot work any longer: no server"),
        (TimeoutError(), 4, "worker: cannot work any longer: no answer in time"),
    ],
)
def test_what_ends_a_process_is_said_in_one_line(
    failure: Exception, code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing() -> None:
        raise failure

    assert exit_code("worker", failing) == code
    told = capsys.readouterr().err
    assert told.startswith(said)
    assert told.count("\n") == 1


@pytest.mark.parametrize("mistake", [ZeroDivisionError, ArgumentError])
def test_a_mistake_of_our_own_is_not_hidden(mistake: type[Exception]) -> None:
    def mistaken() -> None:
        raise mistake

    with pytest.raises(mistake):
        exit_code("worker", mistaken)

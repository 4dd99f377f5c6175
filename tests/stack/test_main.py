"""`python -m stack`, as a person sees it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.stack.people import ROOT, nothing_runs, until


def environment(state_dir: Path, **variables: str) -> dict[str, str]:
    return {"PATH": os.defpath, "SLIPWAY_STATE_DIR": str(state_dir), **variables}


def stack(state_dir: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "stack", *arguments],
        cwd=ROOT,
        env=environment(state_dir, **variables),
        capture_output=True,
        text=True,
        check=False,
    )


def test_up_status_env_and_stop_tell_one_story(state_dir: Path) -> None:
    command = [sys.executable, "-m", "stack", "up"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(state_dir), stdout=subprocess.PIPE, text=True
    ) as up:
        assert up.stdout
        until(lambda: up.stdout and "Postgres and Valkey" in up.stdout.readline())
        told = json.loads(stack(state_dir, "status", "--json").stdout)
        assert [status["condition"] for status in told] == ["running"] * 3
        exports = stack(state_dir, "env").stdout
        assert f"export TEMPORAL_ADDRESS={told[0]['address']}\n" in exports
        assert "export DATABASE_URL=postgresql://slipway:" in exports
        # Only `env`, which is asked for them, shows passwords.
        assert ":***@" in told[1]["address"]
        assert stack(state_dir, "stop").stdout == "stopped: temporal, postgres, valkey\n"
        assert nothing_runs(state_dir)
        assert up.wait(timeout=60) == 0
    assert stack(state_dir, "stop").stdout == "stopped: nothing was running\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_up_ends_cleanly_when_asked(state_dir: Path, number: signal.Signals) -> None:
    elsewhere = {"TEMPORAL_ADDRESS": "127.0.0.1:1", "DATABASE_URL": "postgresql://127.0.0.1:1/x"}
    command = [sys.executable, "-m", "stack", "up"]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment(state_dir, **elsewhere),
        stdout=subprocess.PIPE,
        text=True,
    ) as up:
        until(lambda: up.stdout and "Postgres and Valkey" in up.stdout.readline())
        up.send_signal(number)
        assert up.wait(timeout=60) == 0
    until(lambda: nothing_runs(state_dir))


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"TEMPORAL_ADDRESS": "localhost:seven"}, "TEMPORAL_ADDRESS must be host:port"),
        ({"PORT": "seven"}, "PORT: "),
        ({"SLIPWAY_ENV": "production", "REDIS_URL": "redis://r"}, "TEMPORAL_ADDRESS and DATABASE_"),
        (
            {"SLIPWAY_STATE_DIR": "/proc/slipway"},
            "The servers' data can't be kept in /proc/slipway",
        ),
        ({"SLIPWAY_STATE_DIR": ""}, "SLIPWAY_STATE_DIR: "),
    ],
)
def test_a_persons_mistake_is_one_line_and_code_2(
    state_dir: Path, variables: dict[str, str], said: str
) -> None:
    done = stack(state_dir, "up", **variables)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(said)
    assert done.stderr.count("\n") == 1
    assert not state_dir.exists()


def test_a_server_that_does_not_come_up_is_code_4_and_the_end_of_its_log(state_dir: Path) -> None:
    (state_dir / "valkey").mkdir(parents=True)
    (state_dir / "valkey" / "data").write_text("in the way")
    done = stack(state_dir, "up")
    assert done.returncode == 4
    assert f"{state_dir}/valkey/server.log" in done.stderr
    assert "File exists" in done.stderr


def test_looking_makes_nothing(state_dir: Path) -> None:
    assert stack(state_dir, "status").returncode == 0
    assert stack(state_dir, "env").returncode == 2
    assert not state_dir.exists()

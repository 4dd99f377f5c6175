"""What is read of the process's variables and of `.env` beyond the settings."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from settings import Settings
from variables import temporal_variables, unheeded_variables

ROOT = Path(__file__).parents[1]


@pytest.fixture
def env_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The one that settings are read from."""
    monkeypatch.setitem(Settings.model_config, "env_file", tmp_path / ".env")
    return tmp_path / ".env"


def test_temporals_variables_may_stand_in_the_env_file(
    monkeypatch: pytest.MonkeyPatch, env_file: Path
) -> None:
    env_file.write_text("TEMPORAL_NAMESPACE=of-the-file\nTEMPORAL_TLS=true\nEDITOR=of-the-file\n")
    monkeypatch.setenv("TEMPORAL_TLS", "false")
    given = temporal_variables()
    assert (given["TEMPORAL_NAMESPACE"], given["TEMPORAL_TLS"]) == ("of-the-file", "false")
    assert given.get("EDITOR") != "of-the-file"


def test_misspelt_variables_are_found_wherever_they_stand(
    monkeypatch: pytest.MonkeyPatch, env_file: Path
) -> None:
    assert unheeded_variables() == []
    env_file.write_text("SLIPWAY_DECISON_KEY=s3cret\n")
    monkeypatch.setenv("SLIPWAY_ENCRYPTON_KEYS", "s3cret")
    first, second = unheeded_variables()
    assert "SLIPWAY_DECISION_KEY meant" in first
    assert "SLIPWAY_ENCRYPTION_KEYS meant" in second
    assert "s3cret" not in first + second


def test_a_gateway_refuses_what_means_nothing(tmp_path: Path) -> None:
    done = ended("gateway.py", tmp_path, TEMPORAL_TLS="foo")
    assert (done.returncode, done.stderr) == (2, "gateway: TEMPORAL_TLS: must be true or false\n")


@pytest.mark.parametrize("program", ["worker.py", "gateway.py"])
def test_what_has_no_effect_is_said_in_the_log(program: str, tmp_path: Path) -> None:
    done = ended(program, tmp_path, SLIPWAY_FOO="bar", TEMPORAL_CONFIG_FILE="/nowhere")
    assert "the variable SLIPWAY_FOO has no effect" in done.stderr.splitlines()[0]


def ended(program: str, folder: Path, **given: str) -> subprocess.CompletedProcess[str]:
    """With servers that are all away."""
    variables = {
        "PATH": os.defpath,
        "SLIPWAY_STATE_DIR": str(folder),
        "TEMPORAL_ADDRESS": "127.0.0.1:1",
        "DATABASE_URL": "postgresql://127.0.0.1:1/none",
        "REDIS_URL": "redis://127.0.0.1:1",
    }
    return subprocess.run(
        [sys.executable, ROOT / program],
        env=variables | given,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

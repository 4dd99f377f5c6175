"""What the environment may say, and what it may not."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from errors import MissingKeyError
from faults import faults
from settings import ENV_FILE, Settings, UnreadableEnvFileError, secrets


@pytest.fixture
def env_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The one that settings are read from."""
    monkeypatch.setitem(Settings.model_config, "env_file", tmp_path / ".env")
    return tmp_path / ".env"


@pytest.mark.parametrize("address", ["127.0.0.1:9464", "0.0.0.0:9464", "[::]:9464"])
def test_metrics_are_served_at_an_address(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("METRICS_ADDRESS", address)
    assert Settings().metrics_address == address


@pytest.mark.parametrize("address", ["localhost:9464", ":9464", "9464", "127.0.0.1", ""])
def test_metrics_are_not_served_at_a_name(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("METRICS_ADDRESS", address)
    with pytest.raises(ValidationError, match="an address of this machine and a port"):
        Settings()


def test_by_itself_nothing_is_served_and_enough_is_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("METRICS_ADDRESS", "LOG_LEVEL"):
        monkeypatch.delenv(name, raising=False)
    settings = Settings()
    assert (settings.metrics_address, settings.log_level) == (None, "INFO")


def test_the_worker_answers_on_the_platforms_port_in_production_alone() -> None:
    local = Settings(port=8000, slipway_env="development", railway_environment_name=None)
    assert local.health_port is None
    assert local.model_copy(update={"slipway_env": "production"}).health_port == 8000
    assert local.model_copy(update={"slipway_health_port": 8081}).health_port == 8081


@pytest.mark.parametrize("value", [None, "", " , "])
def test_production_demands_the_key_that_decisions_are_signed_with(value: str | None) -> None:
    key = None if value is None else SecretStr(value)
    settings = Settings(slipway_env="production", slipway_decision_key=key)
    with pytest.raises(MissingKeyError, match=r"SLIPWAY_DECISION_KEY must be set.*openssl rand"):
        settings.demand_keys("slipway_decision_key")


def test_elsewhere_no_key_is_demanded() -> None:
    Settings(slipway_env="development").demand_keys("slipway_decision_key")


ROOT = Path(__file__).parents[1]
SERVERS = {
    "TEMPORAL_ADDRESS": "127.0.0.1:1",
    "DATABASE_URL": "postgresql://127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1",
}


@pytest.mark.parametrize(
    ("program", "keys", "missing"),
    [
        ("worker.py", {}, "SLIPWAY_DECISION_KEY"),
        ("gateway.py", {}, "SLIPWAY_DECISION_KEY"),
        ("gateway.py", {"SLIPWAY_DECISION_KEY": "k"}, "SLIPWAY_ENCRYPTION_KEYS"),
    ],
)
def test_a_process_that_would_be_of_no_use_does_not_start(
    program: str, keys: dict[str, str], missing: str, tmp_path: Path
) -> None:
    done = ended(program, keys, tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith(f"{program.removesuffix('.py')}: {missing} must be set: ")
    assert done.stderr.count("\n") == 1


def ended(program: str, keys: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    """In production, with servers that are all away."""
    given = {"PATH": os.defpath, "SLIPWAY_ENV": "production", "SLIPWAY_STATE_DIR": str(folder)}
    return subprocess.run(
        [sys.executable, ROOT / program],
        env=given | SERVERS | keys,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("program", ["worker.py", "gateway.py"])
def test_a_process_whose_keys_are_none_does_not_start(program: str, tmp_path: Path) -> None:
    keys = {"SLIPWAY_DECISION_KEY": "k", "SLIPWAY_ENCRYPTION_KEYS": "br0ken"}
    done = ended(program, keys, tmp_path)
    assert done.returncode == 2
    assert "Key 1 of SLIPWAY_ENCRYPTION_KEYS is not 32 bytes" in done.stderr
    assert "br0ken" not in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_worker_without_keys_to_encrypt_with_goes_on(tmp_path: Path) -> None:
    keys = {"SLIPWAY_DECISION_KEY": "k", "SLIPWAY_ENCRYPTION_KEYS": ""}
    done = ended("worker.py", keys, tmp_path)
    assert done.returncode == 4
    assert "Connect call failed" in done.stderr


@pytest.mark.parametrize("name", ["slipway_public_url", "hubspot_api_url", "github_api_url"])
def test_links_and_tokens_travel_by_https_in_production(name: str) -> None:
    clear: dict[str, Any] = {name: "http://slipway.example.org"}
    assert getattr(Settings(**clear), name) == "http://slipway.example.org"
    with pytest.raises(ValidationError, match=f"{name.upper()} must begin with https://"):
        Settings(slipway_env="production", **clear)
    assert Settings(slipway_env="production").slipway_public_url is None


def test_what_stands_in_the_env_file_is_as_secret_as_a_variable(
    monkeypatch: pytest.MonkeyPatch, env_file: Path
) -> None:
    env_file.write_text(
        "GROQ_API_KEY=of-the-file\nSMTP_URL=smtp://me:pass-word@host\nEDITOR=vi\nEMPTY\n"
    )
    monkeypatch.setenv("GROQ_API_KEY", "of-the-variable")
    assert {"of-the-file", "of-the-variable", "pass-word"} <= set(secrets())
    assert "vi" not in secrets()


def test_a_name_that_is_nearly_productions_is_not_development(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SLIPWAY_ENV", " Production")
    assert Settings().production
    for wrong in ("prod", "staging", ""):
        monkeypatch.setenv("SLIPWAY_ENV", wrong)
        with pytest.raises(ValidationError, match="slipway_env"):
            Settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SLIPWAY_STATE_DIR", ""),
        ("SLIPWAY_ORGANIZATION", ""),
        ("SLIPWAY_ORGANIZATION", "Über uns"),
        ("SLIPWAY_TASK_QUEUE", ""),
        ("SLIPWAY_LIMITS", "no JSON"),
        ("SLIPWAY_LIMITS", "[" * 100_000),
        ("SLIPWAY_LIMITS", "[1]"),
        ("SLIPWAY_LIMITS", '{"apy": "1/1m"}'),
        ("SLIPWAY_LLM_LOCAL_URL", "nonsense"),
        ("SLIPWAY_LLM_LOCAL_MODEL", ""),
        ("SLIPWAY_TRUSTED_ORIGINS", "nonsense"),
        ("SLIPWAY_OWN_ACCOUNTS", "nonsense"),
        ("SLIPWAY_START_LABEL", " "),
        ("FORWARDED_ALLOW_IPS", "nonsense"),
        ("HUBSPOT_TOKEN", "two words"),
        ("METRICS_ADDRESS", "127.0.0.1:99999"),
        ("GRACEFUL_SHUTDOWN_TIMEOUT", "-PT1S"),
        ("GRACEFUL_SHUTDOWN_TIMEOUT", "P2D"),
        ("DATABASE_POOL_MAX", "0"),
    ],
)
def test_what_cannot_be_is_refused_by_its_variables_name(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as refused:
        Settings()
    assert faults(refused.value).startswith(f"{name}: ")


def test_no_more_connections_are_kept_than_there_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_POOL_MAX", "5")
    assert Settings().database_pool_max == 5
    monkeypatch.setenv("DATABASE_POOL_MIN", "6")
    with pytest.raises(ValidationError) as refused:
        Settings()
    assert faults(refused.value) == "DATABASE_POOL_MIN (6) is above DATABASE_POOL_MAX (5)"


def test_what_was_pasted_with_a_line_end_is_taken_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLIPWAY_STATE_DIR", " /var/lib/slipway\n")
    monkeypatch.setenv("GROQ_API_KEY", "gsk_key\r\n")
    monkeypatch.setenv("LOG_LEVEL", "DEBUG ")
    monkeypatch.setenv("GRACEFUL_SHUTDOWN_TIMEOUT", "PT5S\n")
    settings = Settings()
    assert settings.slipway_state_dir == Path("/var/lib/slipway")
    assert settings.groq_api_key == SecretStr("gsk_key")
    assert (settings.log_level, settings.graceful_shutdown_timeout.seconds) == ("DEBUG", 5)


def test_limits_are_given_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLIPWAY_LIMITS", '{"agent_starts": "50/1m"}')
    assert Settings().slipway_limits == {"agent_starts": "50/1m"}
    monkeypatch.setenv("SLIPWAY_LIMITS", "")
    assert Settings().slipway_limits == {}


def test_an_env_file_that_is_no_text_is_refused_and_not_quoted(env_file: Path) -> None:
    env_file.write_bytes(b"GROQ_API_KEY=secr\xe4t\n")
    with pytest.raises(UnreadableEnvFileError, match="not UTF-8") as refused:
        Settings()
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_the_folder_that_a_command_is_called_in_has_no_say(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It may be of a project whose own database a `.env` there names."""
    (tmp_path / ".env").write_text("DATABASE_URL=postgresql://shop@127.0.0.1/shop\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(Settings.model_config, "env_file", ENV_FILE)
    monkeypatch.delenv("SLIPWAY_STATE_DIR", raising=False)
    assert Settings().database_url != "postgresql://shop@127.0.0.1/shop"
    assert (ENV_FILE, Settings().state_dir) == (ROOT / ".env", ROOT / ".slipway")

"""What the environment may say, and what it may not."""

import pytest
from pydantic import ValidationError

from settings import Settings


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Where there is no `.env`."""
    monkeypatch.chdir(tmp_path_factory.mktemp("nowhere"))


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

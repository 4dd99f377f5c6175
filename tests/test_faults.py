"""What people are told of data that does not fit."""

import pytest
from pydantic import ValidationError

from contracts.issues import Ticket
from faults import faults
from settings import Settings


def test_a_setting_has_the_name_of_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_LEVEL", "LOUD")
    with pytest.raises(ValidationError) as caught:
        Settings()
    assert faults(caught.value).startswith("LOG_LEVEL: Input should be 'DEBUG'")
    assert "LOUD" not in faults(caught.value)


def test_a_field_has_its_own() -> None:
    with pytest.raises(ValidationError) as caught:
        Ticket.model_validate({"key": "nonsense", "title": "x"})
    assert faults(caught.value).startswith("key: ")


def test_settings_that_do_not_go_together_are_named_by_what_is_said() -> None:
    with pytest.raises(ValidationError) as caught:
        Settings(slipway_env="production", slipway_public_url="http://slipway.example.org")
    assert faults(caught.value) == "SLIPWAY_PUBLIC_URL must begin with https:// in production"

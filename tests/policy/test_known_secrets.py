"""Which values of an environment are taken for secrets."""

import pytest

from policy.known_secrets import known_secrets


def test_variables_that_are_named_like_secrets_are_known() -> None:
    environment = {"ANTHROPIC_API_KEY": "one-two", "GITHUB_TOKEN": "three", "EDITOR": "vi"}
    assert known_secrets(environment) == ["one-two", "three"]


@pytest.mark.parametrize("name", ["DB_PASS", "GITHUB_PAT", "OPENAI_APIKEY", "GPG_PASSPHRASE"])
def test_short_names_of_secrets_are_known_too(name: str) -> None:
    assert known_secrets({name: "open sesame"}) == ["open sesame"]


def test_what_only_sounds_like_one_is_none() -> None:
    assert known_secrets({"PWD": "/srv", "COMPASS": "north", "MONKEY": "x", "PATH": "/bin"}) == []


def test_each_key_of_a_list_is_known() -> None:
    found = known_secrets({"SLIPWAY_ENCRYPTION_KEYS": "first,second"})
    assert found == ["first,second", "first", "second"]


def test_the_password_in_an_address_is_known_as_written_and_as_meant() -> None:
    found = known_secrets({"DATABASE_URL": "postgresql://slipway:p%40ss@db.example.com/slipway"})
    assert found == ["p%40ss", "p@ss"]


def test_what_is_no_address_is_no_trouble() -> None:
    assert known_secrets({"ODD": "http://[", "PATH": "/usr/bin"}) == []

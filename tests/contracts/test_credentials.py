"""A credential keeps its secret to itself."""

import pytest
from pydantic import SecretStr

from contracts.credentials import GitCredential


def credential(secret: str) -> GitCredential:
    return GitCredential(username="robot", secret=SecretStr(secret))


def test_a_credential_does_not_show_its_secret() -> None:
    kept = credential("t0ken-of-a-robot")
    for shown in (str(kept), repr(kept), kept.model_dump_json()):
        assert "t0ken-of-a-robot" not in shown


@pytest.mark.parametrize("secret", ["", "two\nlines", "nul\0", "x" * 4_001])
def test_a_secret_that_git_could_not_be_told_is_refused_without_repeating_it(secret: str) -> None:
    with pytest.raises(ValueError, match=r"must (be one line|have between)") as caught:
        credential(secret)
    assert not secret or secret not in str(caught.value)


@pytest.mark.parametrize("username", ["", "two\nlines", "x" * 201])
def test_a_user_name_is_one_short_line(username: str) -> None:
    with pytest.raises(ValueError, match="username"):
        GitCredential(username=username, secret=SecretStr("secret"))

"""What people are told who lack a key."""

import subprocess
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from policy.keys import ENCRYPTION_KEYS, MAKING, how_to_set

ROOT = Path(__file__).parents[2]


def test_the_command_that_is_named_makes_a_key_that_encrypts() -> None:
    making = ["sh", "-c", MAKING[ENCRYPTION_KEYS]]
    made = subprocess.run(making, check=True, capture_output=True, text=True).stdout
    keyring = Fernet(made.strip())
    assert keyring.decrypt(keyring.encrypt(b"x")) == b"x"


@pytest.mark.parametrize("variable", MAKING)
def test_the_documents_name_the_same_command(variable: str) -> None:
    assert MAKING[variable] in (ROOT / ".env.example").read_text()
    readme = (ROOT / "README.md").read_text()
    assert f"echo {variable}=$({MAKING[variable]}) >> .env" in readme


@pytest.mark.parametrize("variable", MAKING)
def test_whoever_lacks_a_key_hears_where_it_belongs_and_who_must_begin_anew(variable: str) -> None:
    told = how_to_set(variable)
    assert f"into .env as {variable}=" in told
    assert "start worker and gateway anew" in told

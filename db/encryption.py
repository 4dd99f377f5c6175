"""Secrets at rest: encrypted before they reach Postgres, by keys that Postgres never sees."""

from collections.abc import Sequence
from typing import Self

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import SecretStr

from errors import MisuseError, PermanentError
from policy.keys import ENCRYPTION_KEYS, how_to_set

VARIABLE = ENCRYPTION_KEYS


class EncryptionKeyError(MisuseError):
    """A key is missing, or is none."""


class UndecryptableError(PermanentError):
    """A stored value that none of the keys can read."""


class Keyring:
    """The first key encrypts, each of them decrypts. To change keys, put the new one first, run
    `python -m db rotate-keys`, and take the old one away."""

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise EncryptionKeyError(
                f"{VARIABLE} is not set, so no secret can be stored or read. {how_to_set(VARIABLE)}"
            )
        self._fernet = MultiFernet([_key(key, place) for place, key in enumerate(keys, start=1)])

    @classmethod
    def parsed(cls, text: SecretStr | None) -> Self:
        """From keys with commas between them, as the variable holds them. Raises
        EncryptionKeyError, which names a bad key's place and never the key."""
        keys = text.get_secret_value().split(",") if text else []
        return cls([key.strip() for key in keys if key.strip()])

    def encrypt(self, value: str) -> bytes:
        return self._fernet.encrypt(value.encode())

    def decrypt(self, value: bytes) -> str:
        """Raises UndecryptableError."""
        try:
            return self._fernet.decrypt(value).decode()
        except InvalidToken:
            raise _undecryptable() from None

    def rotate(self, value: bytes) -> bytes:
        """The same secret under the first key. Raises UndecryptableError."""
        try:
            return self._fernet.rotate(value)
        except InvalidToken:
            raise _undecryptable() from None


def _key(key: str, place: int) -> Fernet:
    try:
        return Fernet(key)
    except ValueError:
        # Without its cause, which might quote the key.
        raise EncryptionKeyError(
            f"Key {place} of {VARIABLE} is not 32 bytes in URL-safe base64. {how_to_set(VARIABLE)}"
        ) from None


def _undecryptable() -> UndecryptableError:
    return UndecryptableError(
        f"None of the keys in {VARIABLE} decrypts a stored value. Put the key it was encrypted "
        "with into the list and start this process again, or store the value anew."
    )

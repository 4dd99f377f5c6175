"""Which values of the environment are secrets that must never be stored or logged."""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote, urlsplit

NAMES = re.compile(
    r"(^|_)((API)?KEYS?|TOKENS?|PAT|SECRETS?|CREDENTIALS?|PASS(PHRASE|WD)?|(PG)?PASSWORDS?)$"
)


def known_secrets(environment: Mapping[str, str]) -> list[str]:
    """Values of variables that are named like secrets, each of a comma-separated list too, and
    the passwords in addresses."""
    return [secret for name, value in environment.items() for secret in _secrets(name, value)]


def _secrets(name: str, value: str) -> Iterator[str]:
    if NAMES.search(name.upper()):
        yield value
        yield from (part for part in value.split(",") if part != value)
    try:
        password = urlsplit(value).password if "://" in value else None
    except ValueError:
        return
    if password is not None:
        yield password
        yield unquote(password)

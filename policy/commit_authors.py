"""Whose commits they are, as far as commits say it: by e-mail address, which anybody may forge."""

import re
from collections.abc import Iterator

from contracts.commands import IdentityProvider

MOST_AUTHORS = 50
# RFC 5321, 4.5.3.1: an address has at most 254 characters.
_ADDRESS = re.compile(r"(?=.{3,254}\Z)[^\s@:<>\"\\]+@[^\s@:<>\"\\]+")
# https://docs.github.com/account-and-profile (setting your commit email address)
_GITHUB = re.compile(r"(?:(\d+)\+)?([^@+]+)@users\.noreply\.github\.com")
# https://docs.gitlab.com/user/profile/ (use an automatically generated private commit email)
_GITLAB = re.compile(r"(\d+)-([^@]+)@users\.noreply\.gitlab\.com")
_NOREPLY = ((IdentityProvider.GITHUB, _GITHUB), (IdentityProvider.GITLAB, _GITLAB))


def addresses_in(printed: bytes) -> tuple[str, ...]:
    """Of lines with an address each: every one once, in small letters, the first so many. What is
    no address is passed over: a commit can carry any bytes in its place."""
    found: dict[str, None] = {}
    for line in printed.splitlines():
        address = line.decode(errors="backslashreplace").strip().lower()
        if address.isprintable() and _ADDRESS.fullmatch(address):
            found[address] = None
        if len(found) == MOST_AUTHORS:
            break
    return tuple(found)


def accounts_of(address: str) -> Iterator[tuple[IdentityProvider, str]]:
    """Who has this address: as one that is linked to them, or as the one that a git host gives
    its members to hide theirs; by number and by name there."""
    yield IdentityProvider.EMAIL, address
    for provider, pattern in _NOREPLY:
        known = pattern.fullmatch(address)
        for id in known.groups() if known else ():
            if id is not None:
                yield provider, id

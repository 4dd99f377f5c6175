"""Whom an account elsewhere belongs to."""

from pydantic import BaseModel

from contracts.commands import Account, IdentityProvider
from contracts.identity import Role


class PersonRow(BaseModel, frozen=True):
    """A member of the organization as Postgres shows them."""

    email: str
    name: str
    role: Role
    active: bool
    accounts: tuple[Account, ...] = ()


def account_of(by: str) -> Account | None:
    """`slack:T01:U02` is an account; None for an e-mail address."""
    provider, colon, external_id = by.partition(":")
    known = provider in list(IdentityProvider)
    if not (known and colon and external_id):
        return None
    return Account(provider=IdentityProvider(provider), external_id=external_id)

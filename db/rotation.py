"""Brings everything that is encrypted in the database under the newest key."""

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.encryption import Keyring, UndecryptableError
from db.engine import Sessions
from db.models import Base

# Table and column of all that Keyring.encrypt writes: one value a row, or a list of them.
ENCRYPTED = (
    ("projects", "git_credential"),
    ("projects", "tracker_credential"),
    ("notification_endpoints", "address"),
    ("notification_endpoints", "secrets"),
    ("webhook_endpoints", "secrets"),
)


async def rotate(sessions: Sessions, keyring: Keyring) -> int:
    """How many secrets are stored; all of them are under the first key now, or none
    is. Repeatable. Raises UndecryptableError, which names the row."""
    found = 0
    async with sessions.begin() as session:
        for table, column in ENCRYPTED:
            found += await _rotate(session, table, column, keyring)
    return found


async def _rotate(session: AsyncSession, name: str, column: str, keyring: Keyring) -> int:
    table = Base.metadata.tables[name]
    encrypted = table.c[column]
    rows = await session.execute(
        select(table.c.id, encrypted)
        .where(encrypted.is_not(None))
        .order_by(table.c.id)
        .with_for_update()
    )
    found = rows.all()
    for id_, value in found:
        try:
            renewed = _renewed(value, keyring)
        except UndecryptableError as error:
            text = f"{name}.{column} of row {id_}: {error} Nothing was changed."
            raise UndecryptableError(text) from error
        await session.execute(update(table).where(table.c.id == id_).values({column: renewed}))
    return sum(len(value) if isinstance(value, list) else 1 for _, value in found)


def _renewed(value: bytes | list[bytes], keyring: Keyring) -> bytes | list[bytes]:
    if isinstance(value, list):
        return [keyring.rotate(part) for part in value]
    return keyring.rotate(value)

"""The embedded Postgres follows the code by itself; nobody runs `setup` on their own machine."""

from db.engine import Sessions
from db.maintenance import pending, upgrade
from db.seeds import seed


async def bring_up(sessions: Sessions, url: str, slug: str) -> None:
    """Migrates what is behind, and seeds the organization. Repeatable."""
    if await pending(url):
        await upgrade(url)
    await seed(sessions, slug)

"""The servers that the settings lead to: given ones, embedded ones, and none in production."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from settings import Settings
from stack.addresses import Addresses, Given
from stack.embedded import demand_all, embedded


def given(settings: Settings) -> Given:
    return Given(
        temporal=settings.temporal_address,
        database_url=settings.database_url,
        redis_url=settings.redis_url,
    )


@contextmanager
def servers(settings: Settings, say: Callable[[str], None] = lambda _: None) -> Iterator[Addresses]:
    """Raises MissingAddressError in production, and what `embedded` raises."""
    if settings.production:
        demand_all(given(settings))
    with embedded(settings.state_dir, given(settings), say) as addresses:
        yield addresses

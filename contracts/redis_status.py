"""How Redis is, as an operator sees it."""

from datetime import timedelta

from pydantic import BaseModel

from contracts.breakers import BreakerView


class RedisStatus(BaseModel, frozen=True):
    """`kinds` counts keys of one organization by their kind, of at most `MOST` looked at;
    `breakers` are those of its providers that failed of late.
    The server's hit rate is over all commands since it started; the cache's over a day."""

    address: str
    server: str
    protocol: int
    latency: timedelta
    used_bytes: int
    limit_bytes: int
    eviction: str
    hits: int
    misses: int
    cache_hits: int
    cache_misses: int
    kinds: dict[str, int]
    complete: bool
    breakers: tuple[BreakerView, ...] = ()

    @property
    def hit_rate(self) -> float | None:
        return _rate(self.hits, self.misses)

    @property
    def cache_hit_rate(self) -> float | None:
        return _rate(self.cache_hits, self.cache_misses)


def _rate(hits: int, misses: int) -> float | None:
    return hits / (hits + misses) if hits + misses else None

"""Word of what was committed, for whoever watches. It may be missed: Postgres has it all."""

from redis.asyncio import Redis

from cache.asking import Asking, AwayError
from cache.keys import Keys
from contracts.live import LiveBatch

PUBLISH = """
for _, channel in ipairs(KEYS) do redis.call('PUBLISH', channel, ARGV[1]) end
"""


class Bus:
    """Publishes; never fails its caller."""

    def __init__(self, redis: Redis) -> None:
        self._asking = Asking(redis, "the bus")
        self._publish = redis.register_script(PUBLISH)

    async def publish(self, batch: LiveBatch) -> bool:
        """One message on each of the two channels, in one command. Who hears one twice knows it
        by its number, so it may be repeated. False when Redis did not take it."""
        keys = Keys(batch.organization_id)
        channels = (
            keys.orchestration_channel(batch.orchestration_id),
            keys.project_channel(batch.project_id),
        )
        message = batch.message()
        try:
            await self._asking.again(lambda: self._publish(keys=channels, args=[message]))
        except AwayError:
            return False
        return True

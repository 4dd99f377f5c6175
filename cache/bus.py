"""Word of what was committed, for whoever watches. It may be missed: Postgres has it all."""

import logging

from redis.asyncio import Redis
from redis.exceptions import RedisError

from contracts.live import LiveBatch


class Bus:
    """Publishes; never fails its caller."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def publish(self, batch: LiveBatch) -> None:
        """One message on each of the two channels, in one round trip."""
        message = batch.message()
        pipeline = self._redis.pipeline(transaction=False)
        for channel in batch.channels():
            pipeline.publish(channel, message)
        try:
            await pipeline.execute()
        except (RedisError, OSError) as error:
            logging.getLogger(__name__).warning("an event was not published: %s", error)

"""Word of what was committed, for whoever watches. It may be missed: Postgres has it all."""

from redis.asyncio import Redis

from cache.asking import Asker, RedisAwayError
from cache.keys import Keys
from cache.sessions import SET, kept, where
from contracts.live import LiveBatch
from contracts.sessions import LiveState

# The live state goes with the word: one command, and who hears can read what it says.
PUBLISH = f"""
local function keep() {SET} end
keep()
for place = 3, #KEYS do redis.call('PUBLISH', KEYS[place], ARGV[6]) end
"""


class Bus:
    """Publishes; never fails its caller."""

    def __init__(self, redis: Redis) -> None:
        self._asking = Asker(redis, "the bus")
        self._publish = redis.register_script(PUBLISH)

    async def publish(self, batch: LiveBatch) -> bool:
        """Keeps the live state and tells both channels, in one command. It may be repeated: who
        hears a word twice knows it by its number. False when Redis did not take it."""
        keys = Keys(batch.organization_id)
        told = [
            *where(keys, batch.orchestration_id),
            keys.orchestration_channel(batch.orchestration_id),
            keys.project_channel(batch.project_id),
        ]
        arguments = [*kept(LiveState.after(batch)), batch.message()]
        try:
            await self._asking.again(lambda: self._publish(keys=told, args=arguments))
        except RedisAwayError:
            return False
        return True

"""The gateway on one's own machine, where nobody runs `setup`."""

from collections.abc import Mapping
from pathlib import Path

from cli.schedules import REGULARS
from clients.temporal.connection import connect
from stack.control import statuses
from tests.web.test_gateway import environment as environment
from tests.web.test_gateway import process


async def test_it_makes_the_schedules_that_look_after_what_it_takes_in(
    environment: Mapping[str, str], tmp_path: Path
) -> None:
    alone = {name: value for name, value in environment.items() if name != "TEMPORAL_ADDRESS"}
    alone |= {"SLIPWAY_TASK_QUEUE": "alone"}
    async with process(alone, ready=False) as gateway:
        assert gateway.stdout is not None
        while b"ready" not in (line := await gateway.stdout.readline()):
            assert line, "it ended"
        [temporal] = [one for one in statuses(tmp_path) if one.name == "temporal"]
        assert temporal.address is not None
        client = await connect(temporal.address)
        made = {one.id async for one in await client.list_schedules()}
    assert made == {f"{one.id}-alone" for one in REGULARS}

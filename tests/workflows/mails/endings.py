"""How work is cancelled on the server that skips time."""

from temporalio.exceptions import CancelledError

from tests.workflows.endings import ending_of
from tests.workflows.office import Handle, until


async def end(handle: Handle) -> None:
    """Once nothing of it is under way: that server loses a run which cancels an activity in the
    moment in which it is done."""

    async def rests() -> bool:
        return not (await handle.describe()).raw_description.pending_activities

    await until(rests)
    await handle.cancel()
    assert await ending_of(handle) is CancelledError

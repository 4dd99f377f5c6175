"""How much one workflow task begins: its answer to the server has room for four megabytes."""

from pydantic import BaseModel
from temporalio import workflow

from workflows.timers import SHORTEST

MOST = 2_500_000


class Load:
    """Of agents that begin side by side: a server ends a run that answers with more at once."""

    def __init__(self) -> None:
        self._task, self._taken = 0, 0

    async def room_for(self, what: BaseModel) -> None:
        """Waits for another workflow task where this one has no room left."""
        size = len(what.model_dump_json().encode())
        while not self._takes(size):
            await workflow.sleep(SHORTEST, summary="others begin first")

    def _takes(self, size: int) -> bool:
        task = workflow.info().get_current_history_length()
        if task != self._task:
            self._task, self._taken = task, 0
        if self._taken and self._taken + size > MOST:
            return False
        self._taken += size
        return True

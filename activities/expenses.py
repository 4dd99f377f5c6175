"""What an agent uses over several tries: a worker that dies takes the report with it, not the
bill."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from contracts.agents import AgentResult, AgentRun, Usage
from policy.budgets import spent_by, together, with_use

NONE = Usage()


class Expenses:
    """Told with each heartbeat, so that the next try knows what was used `before`."""

    def __init__(self, heard: Sequence[Any]) -> None:
        """`heard` is what the try before told last."""
        self.before, self._now = _read(heard), NONE

    def hear(self, used: Usage) -> None:
        self._now = used

    def told(self) -> Sequence[Usage]:
        used = together(self.before, self._now)
        return () if used == NONE else (used,)

    def counted_in(self, run: AgentRun) -> AgentRun:
        """With what is left for this try."""
        if self.before == NONE:
            return run
        bounds = tuple(with_use(bound, self.before) for bound in run.bounds)
        return run.model_copy(update={"bounds": bounds})

    def added_to(self, result: AgentResult) -> AgentResult:
        if self.before == NONE:
            return result
        return result.model_copy(update={"used": together(self.before, spent_by(result))})


def _read(heard: Sequence[Any]) -> Usage:
    """Nothing, where another version told something else."""
    try:
        return Usage.model_validate(heard[0]) if heard else NONE
    except ValidationError:
        return NONE

"""What an agent uses over several tries: a worker that dies takes the report with it, not the
bill, nor that it was there."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from contracts.agents import AgentResult, AgentRun, Usage
from policy.budgets import spent_by, together, with_use

NONE = Usage()


class Expenses:
    """Told with each heartbeat, so that the next try knows what was used `before`, and how many
    tries were `lost`: they had begun to work, and left no report."""

    def __init__(self, heard: Sequence[Any]) -> None:
        """`heard` is what the try before told last."""
        self.before, self.lost = _read(heard)
        self._now, self._works = NONE, False

    def begin(self) -> None:
        self._works = True

    def hear(self, used: Usage) -> None:
        self._now = used

    def told(self) -> Sequence[object]:
        used, begun = together(self.before, self._now), self.lost + self._works
        return (used, begun) if begun or used != NONE else ()

    def counted_in(self, run: AgentRun) -> AgentRun:
        """With what is left for this try."""
        if self.before == NONE:
            return run
        bounds = tuple(with_use(bound, self.before) for bound in run.bounds)
        return run.model_copy(update={"bounds": bounds})

    def added_to(self, result: AgentResult) -> AgentResult:
        result = result.model_copy(update={"lost": self.lost})
        if self.before == NONE:
            return result
        return result.model_copy(update={"used": together(self.before, spent_by(result))})


def _read(heard: Sequence[Any]) -> tuple[Usage, int]:
    """Nothing, where another version told something else."""
    try:
        used, *begun = heard or (NONE,)
        return Usage.model_validate(used), int(*begun)
    except (ValidationError, TypeError, ValueError):
        return NONE, 0

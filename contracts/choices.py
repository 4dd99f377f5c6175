"""What was chosen for an attempt, and what the next one takes over of it."""

from typing import Annotated

from pydantic import BaseModel, Field

from contracts.phases import Phase
from contracts.playbooks import AgentName

Words = tuple[Annotated[str, Field(min_length=1)], ...]


class Choices(BaseModel, frozen=True):
    """`playbook` where one was named, not where a rule chose it; `coder` is the command of the
    agent for CODE and FIX, and the environment names what it may see."""

    playbook: AgentName | None = None
    coder: Words = ()
    coder_environment: tuple[str, ...] = ()


class TakenOver(BaseModel, frozen=True):
    """What nobody said this time, and therefore stands as in `attempt`. `coded` are the phases
    that `coder` works."""

    attempt: int
    playbook: AgentName | None = None
    coder: Words = ()
    coded: tuple[Phase, ...] = ()
    skip: tuple[Phase, ...] = ()
    end: Phase | None = None

    @property
    def anything(self) -> bool:
        return bool(self.playbook or self.coder or self.skip or self.end)


NO_CHOICES = Choices()

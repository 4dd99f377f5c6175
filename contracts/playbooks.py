"""How work is done: phases, their agents, gates and limits, as data."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, Field, model_validator

from contracts.identity import Role
from contracts.phases import Phase
from contracts.text import Line

AgentName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]


class Limits(BaseModel, frozen=True, extra="forbid"):
    """Bounds of one agent run. Output and memory in bytes."""

    time: timedelta = Field(default=timedelta(minutes=30), gt=timedelta(), le=timedelta(hours=24))
    output: int = Field(default=2**20, ge=2**10, le=2**26)
    memory: int | None = Field(default=None, ge=2**26)


class BuiltinAgent(BaseModel, frozen=True, extra="forbid"):
    """Deterministic Python of ours, by name."""

    kind: Literal["builtin"] = "builtin"
    name: AgentName
    use: Literal["run-tests", "triage", "explore", "plan", "review", "document"]
    writes: Literal[False] = False
    limits: Limits = Limits()


class CommandAgent(BaseModel, frozen=True, extra="forbid"):
    """A program: brief on stdin, report on stdout. `{prompt_file}` in an argument becomes the
    path of a file with the brief as prose. `environment` names variables that are passed on."""

    kind: Literal["command"]
    name: AgentName
    command: tuple[Annotated[str, Field(min_length=1)], ...] = Field(min_length=1)
    environment: tuple[Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")], ...] = ()
    prose: bool = (
        False  # The program reports in prose: its exit code and last words are the report.
    )
    writes: bool = True
    limits: Limits = Limits()


class HumanAgent(BaseModel, frozen=True, extra="forbid"):
    """A person who pushes to the branch and then answers."""

    kind: Literal["human"]
    name: AgentName
    ask: Line
    writes: bool = True
    limits: Limits = Limits(time=timedelta(hours=24))


AgentSpec = Annotated[BuiltinAgent | CommandAgent | HumanAgent, Field(discriminator="kind")]


class Gate(BaseModel, frozen=True, extra="forbid"):
    """A decision that is asked for after a phase. Anyone with one of `roles` may decide, but
    not on their own work unless `allow_requester`; `patience` passes and it expires."""

    name: AgentName
    roles: tuple[Role, ...] = (Role.ADMIN, Role.MANAGER)
    allow_requester: bool = False
    patience: timedelta = Field(default=timedelta(days=7), gt=timedelta())


class PlaybookPhase(BaseModel, frozen=True, extra="forbid"):
    phase: Phase
    agents: tuple[AgentSpec, ...] = ()
    parallel: bool = False
    gate: Gate | None = None

    @model_validator(mode="after")
    def _one_writer_in_a_group(self) -> "PlaybookPhase":
        writers = [agent.name for agent in self.agents if agent.writes]
        if self.parallel and len(writers) > 1:
            raise ValueError(f"{self.phase}: only one parallel agent may write, not {writers}")
        names = [agent.name for agent in self.agents]
        if len(set(names)) < len(names):
            raise ValueError(f"{self.phase}: two agents have the same name")
        return self


class Playbook(BaseModel, frozen=True, extra="forbid"):
    """A playbook as frozen at the start of a run. FIX runs only while TEST is red."""

    name: AgentName
    description: Line = ""
    phases: tuple[PlaybookPhase, ...] = Field(min_length=1)
    repair_rounds: int = Field(default=3, ge=0, le=20)

    @model_validator(mode="after")
    def _each_phase_once(self) -> "Playbook":
        phases = [step.phase for step in self.phases]
        if len(set(phases)) < len(phases):
            raise ValueError("each phase may stand once")
        gates = [step.gate.name for step in self.phases if step.gate]
        if len(set(gates)) < len(gates):
            raise ValueError("two gates have the same name")
        if Phase.FIX in phases and Phase.TEST not in phases:
            raise ValueError("FIX without TEST: nobody would say what to fix")
        return self

    def step(self, phase: Phase) -> PlaybookPhase | None:
        return next((step for step in self.phases if step.phase == phase), None)

"""How work is done: phases, their agents, gates and limits, as data."""

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from contracts.budgets import Budget
from contracts.identity import Role
from contracts.levels import Approver, Level
from contracts.phases import Phase
from contracts.text import Line, storable

AgentName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
WRITER = "document"
REMINDED_EACH = timedelta(days=1)


class Limits(BaseModel, frozen=True, extra="forbid"):
    """Bounds of one agent run, all its processes together. Output, memory and disk in bytes;
    `cpu` is processor time, threads count as processes, `open_files` are those of one process,
    `disk` is what it may add to its checkout and its private folders."""

    time: timedelta = Field(default=timedelta(minutes=30), gt=timedelta(), le=timedelta(hours=24))
    cpu: timedelta = Field(
        default=timedelta(hours=4), ge=timedelta(seconds=1), le=timedelta(hours=1000)
    )
    output: int = Field(default=2**20, ge=2**10, le=2**26)
    memory: int | None = Field(default=2**33, ge=2**26)
    processes: int = Field(default=1024, ge=1, le=2**15)
    open_files: int = Field(default=4096, ge=16, le=2**20)
    disk: int = Field(default=2**33, ge=2**20)


# What stands in the playbooks of people, and in their hashes, without a meaning.
NOBODYS = Limits(time=timedelta(hours=24))


class BuiltinAgent(BaseModel, frozen=True, extra="forbid"):
    """Deterministic Python of ours, by name. `writes` follows from `use`: `document` keeps the
    files that it writes, the others look and change nothing."""

    kind: Literal["builtin"] = "builtin"
    name: AgentName
    use: Literal["run-tests", "triage", "explore", "plan", "review", "document"]
    writes: bool = False
    limits: Limits = Limits()

    @model_validator(mode="before")
    @classmethod
    def _one_of_them_writes(cls, data: object) -> object:
        return {"writes": data.get("use") == WRITER, **data} if isinstance(data, dict) else data

    @field_validator("writes")
    @classmethod
    def _as_its_use_says(cls, writes: bool, info: ValidationInfo) -> bool:
        use = info.data.get("use")
        if use is not None and writes != (use == WRITER):
            raise ValueError(f"builtin `{use}` {'never' if writes else 'always'} writes: remove it")
        return writes


class CommandAgent(BaseModel, frozen=True, extra="forbid"):
    """A program: brief on stdin, report on stdout. `{prompt_file}` in an argument becomes the
    path of a file with the brief as prose. `environment` names variables that are passed on."""

    kind: Literal["command"]
    name: AgentName
    command: tuple[Annotated[str, Field(min_length=1)], ...] = Field(min_length=1)
    environment: tuple[Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")], ...] = ()
    # The program reports in prose: its exit code and last words are the report.
    prose: bool = False
    writes: bool = True
    # The same version, told the same, may answer from memory. Never one that writes.
    cacheable: bool = False
    version: Line = ""
    limits: Limits = Limits()

    @model_validator(mode="after")
    def _answers_from_memory_change_nothing(self) -> "CommandAgent":
        if self.cacheable and self.writes:
            raise ValueError(f"{self.name} writes, so its answers cannot be kept")
        return self


class HumanAgent(BaseModel, frozen=True, extra="forbid"):
    """A person who pushes to the branch and then answers. Each `remind` whoever is asked is told
    again; without it never."""

    kind: Literal["human"]
    name: AgentName
    ask: Line
    remind: timedelta | None = Field(
        default=REMINDED_EACH,
        ge=timedelta(minutes=1),
        le=timedelta(days=30),
        exclude_if=lambda each: each == REMINDED_EACH,  # Hashes of older playbooks stay.
    )
    writes: bool = True
    limits: Limits = NOBODYS

    @field_validator("limits")
    @classmethod
    def _stop_nobody(cls, limits: Limits) -> Limits:
        if limits != NOBODYS:
            raise ValueError("nobody stops a person: remove it; `remind` tells them again")
        return limits


class LlmAgent(BaseModel, frozen=True, extra="forbid"):
    """A language model that is asked once and answers with a report. It has no tools and never
    writes. `providers` are asked in this order; of `limits`, time and output count."""

    kind: Literal["llm"]
    name: AgentName
    task: Annotated[str, BeforeValidator(storable), Field(min_length=1, max_length=10_000)]
    providers: tuple[AgentName, ...] = Field(default=("local", "groq"), min_length=1)
    writes: Literal[False] = False
    limits: Limits = Limits(time=timedelta(minutes=4))


AgentSpec = Annotated[
    BuiltinAgent | CommandAgent | HumanAgent | LlmAgent, Field(discriminator="kind")
]


class Gate(BaseModel, frozen=True, extra="forbid"):
    """A decision that is asked for after a phase, level after level. Without `levels`, anyone
    with one of `roles` may decide, and after `patience` it expires. Nobody decides on work that
    they asked for unless `allow_requester`, nor on what they did themselves unless
    `allow_author`; and with `four_eyes` nobody at more than one level. `verified` counts only
    whom a channel has vouched for. With `binding` it asks even where its phase is left out, before
    the next one. `policy` names a file of levels in playbooks/approvals/. `origin` is found at the
    opening: who asks so in the place of the playbook."""

    name: AgentName
    roles: tuple[Role, ...] = (Role.ADMIN, Role.MANAGER)
    allow_requester: bool = False
    patience: timedelta = Field(default=timedelta(days=7), gt=timedelta())
    policy: AgentName | None = None
    levels: tuple[Level, ...] = Field(default=(), max_length=10)
    allow_author: bool = False
    four_eyes: bool = True
    verified: bool = False
    binding: Annotated[bool, Field(exclude_if=lambda binding: not binding)] = False
    origin: Annotated[Line, Field(exclude_if=lambda origin: not origin)] = ""

    @property
    def stages(self) -> tuple[Level, ...]:
        """The levels, or the one that `roles` and `patience` stand for."""
        if self.levels:
            return self.levels
        approvers = tuple(Approver(role=role) for role in self.roles)
        return (Level(name=self.name, approvers=approvers, patience=self.patience),)

    def level(self, number: int) -> Level:
        """One of the `stages`, counted from 1."""
        return self.stages[number - 1]

    @model_validator(mode="after")
    def _asks_in_one_way(self) -> "Gate":
        names = [level.name for level in self.levels]
        if len(set(names)) < len(names):
            raise ValueError(f"gate {self.name}: two levels have the same name")
        fields = type(self).model_fields
        plain = all(getattr(self, name) == fields[name].default for name in ("roles", "patience"))
        if self.levels and not plain:
            raise ValueError(f"gate {self.name}: say who decides, and until when, in its `levels`")
        return self


class PlaybookPhase(BaseModel, frozen=True, extra="forbid"):
    """`coverage` is the least per cent of the code that TEST must see covered; with less, or
    with none reported, it is red."""

    phase: Phase
    agents: tuple[AgentSpec, ...] = ()
    parallel: bool = False
    gate: Gate | None = None
    coverage: Decimal | None = Field(default=None, ge=0, le=100)

    @model_validator(mode="after")
    def _one_writer_in_a_group(self) -> "PlaybookPhase":
        writers = [agent.name for agent in self.agents if agent.writes]
        if self.parallel and len(writers) > 1:
            raise ValueError(f"{self.phase}: only one parallel agent may write, not {writers}")
        names = [agent.name for agent in self.agents]
        if len(set(names)) < len(names):
            raise ValueError(f"{self.phase}: two agents have the same name")
        return self

    @model_validator(mode="after")
    def _coverage_is_measured_by_test(self) -> "PlaybookPhase":
        if self.coverage is not None and self.phase is not Phase.TEST:
            raise ValueError(f"{self.phase}: only TEST has a `coverage`")
        return self


class Playbook(BaseModel, frozen=True, extra="forbid"):
    """A playbook as frozen at the start of a run. FIX runs only while TEST is red. At the end of
    the `budget`, of the repair rounds or of an agent's time, a person is asked, or the work
    ends."""

    name: AgentName
    description: Line = ""
    phases: tuple[PlaybookPhase, ...] = Field(min_length=1)
    repair_rounds: int = Field(default=3, ge=0, le=20)
    budget: Budget = Budget()
    on_limit: Literal["ask", "end"] = "ask"

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

"""`output`: what an agent printed while it worked, the tests' run among them."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

import typer

from cli.context import Desk, Needs, at_desk
from cli.exits import DONE, NotFoundError
from cli.options import AsJson, Attempt, Key, a_phase
from cli.reader import Reader
from cli.terminal import plain, say
from contracts.agents import AgentOutput
from contracts.events import AgentBlocked, AgentCompleted, AgentFailed
from contracts.ledger import ChainedEvent
from contracts.phases import Phase
from contracts.text import uncoloured
from db.agent_reports import AgentReports
from policy.diffs import SPACES
from policy.moments import in_utc

InPhase = Annotated[
    Phase | None,
    typer.Option("--phase", metavar="PHASE", parser=a_phase, help="Of agents in this phase."),
]
OfAgent = Annotated[str | None, typer.Option("--agent", metavar="NAME", help="Of this agent.")]
InRound = Annotated[
    int | None, typer.Option("--round", min=1, max=9_999, metavar="N", help="Of this round.")
]


@dataclass(frozen=True)
class Wanted:
    phase: Phase | None
    agent: str | None
    round: int | None

    def allows(self, one: "Stretch") -> bool:
        phases, rounds = self.phase in (None, one.phase), self.round in (None, one.round)
        return phases and rounds and self.agent in (None, one.agent)


@dataclass(frozen=True)
class Stretch:
    """One run of an agent, of which output is kept. An agent that asks has another one later."""

    phase: Phase | None
    round: int
    agent: str
    ended: str
    output_id: UUID

    @property
    def words(self) -> str:
        named = f"{self.phase} {self.round}" if self.round > 1 else f"{self.phase}"
        return f"{named} {plain(self.agent, 80)}"


def output(
    context: typer.Context,
    key: Key,
    phase: InPhase = None,
    agent: OfAgent = None,
    round: InRound = None,
    attempt: Attempt = None,
    as_json: AsJson = False,
) -> None:
    """What an agent has printed: that of the newest run, unless another one is named."""

    async def job(desk: Desk) -> int:
        found = await Reader(desk, attempt).demand(key)
        told = tuple(stretches(found.events))
        chosen = newest(key, told, Wanted(phase, agent, round))
        async with desk.sessions() as session:
            kept = await AgentReports(session).output(chosen.output_id)
        if as_json:
            print(json.dumps(_read_by_programs(key, found.story.attempt, chosen, kept)))
            return DONE
        say(_head(chosen, kept))
        others = dict.fromkeys(one.words for one in reversed(told) if one.words != chosen.words)
        if others:
            say(f"Also kept (--phase, --agent, --round): {', '.join(others)}.")
        print(legible(_text(kept)), end="")
        return DONE

    at_desk(context, job, Needs.POSTGRES)


def stretches(events: Sequence[ChainedEvent]) -> Iterator[Stretch]:
    """The runs that printed something, the oldest first."""
    for told in events:
        match told.event:
            case (
                AgentCompleted(round=number, output_id=UUID() as id)
                | AgentFailed(round=number, output_id=UUID() as id)
                | AgentBlocked(round=number, output_id=UUID() as id)
            ):
                ended = in_utc(told.timestamp)
                yield Stretch(told.phase, number, told.agent_name or "", ended, id)
            case _:
                pass


def newest(key: str, told: Sequence[Stretch], wanted: Wanted) -> Stretch:
    """Raises NotFoundError, which says what there is instead."""
    for one in reversed(told):
        if wanted.allows(one):
            return one
    if told:
        there = ", ".join(dict.fromkeys(one.words for one in told))
        raise NotFoundError(f"No output of {key} is of that. There is: {there}.")
    raise NotFoundError(
        f"No agent of {key} has printed anything yet: output is kept when an agent has ended, and "
        f"builtin ones but run-tests print nothing. What they report: starter.py history {key}"
    )


def legible(text: str) -> str:
    """Its lines without what only steers a terminal. A progress bar's states become lines."""
    lines = uncoloured(text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    shown = "\n".join(line if line.isprintable() else _printable(line) for line in lines)
    return shown if not shown or shown.endswith("\n") else f"{shown}\n"


def _printable(line: str) -> str:
    return "".join(one if one.isprintable() or one in SPACES else " " for one in line)


def _head(chosen: Stretch, kept: AgentOutput) -> str:
    how_much = f"{kept.size:,} bytes"
    if kept.truncated:
        how_much += f", of which the first {len(kept.kept):,} are kept"
    return f"{chosen.words}, ended {chosen.ended}: {how_much}."


def _text(kept: AgentOutput) -> str:
    return kept.kept.decode(errors="replace")


def _read_by_programs(
    key: str, attempt: int | None, chosen: Stretch, kept: AgentOutput
) -> dict[str, object]:
    named = {"phase": chosen.phase, "round": chosen.round, "agent": chosen.agent}
    said = {"size": kept.size, "cut": kept.truncated, "output": _text(kept)}
    return {"issue_key": key, "attempt": attempt, **named, **said}

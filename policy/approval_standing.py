"""Whether what was approved is still what there is. docs/adr/0012 says what each gate binds."""

from collections.abc import Iterable

from contracts.gates import Granted, Lapsed
from contracts.jira_work import WorkOptions
from contracts.orchestrations import CheckpointState
from contracts.phases import Phase
from contracts.playbooks import BuiltinAgent, Gate, Playbook, PlaybookPhase
from policy.ledger import fingerprint

BEFORE_THE_WORK = (Phase.EXPLORE, Phase.PLAN)
# What a gate is called, where it comes from, and whether it asks of a phase that is left out, is
# nothing to those who are asked.
NO_RULES = {"name", "policy", "origin", "binding"}


def binds_the_work(phase: Phase) -> bool:
    """A gate that comes before the work approves what is to be done, not what was done."""
    return phase not in BEFORE_THE_WORK


def rules_of(gate: Gate) -> str:
    """A hash of whom the gate asks, and how: an approval counts for these alone."""
    return fingerprint(gate.model_dump(mode="json", exclude=NO_RULES))


def taken_over(
    state: CheckpointState, playbook: Playbook
) -> tuple[tuple[Granted, ...], tuple[Lapsed, ...]]:
    """What an earlier attempt was granted, as far as this playbook asks for it by the same rules;
    and what is to be asked again, by the playbook's own."""
    gates = {(step.gate.name, step.phase): step.gate for step in playbook.phases if step.gate}
    known = [one for one in state.granted if (one.gate, one.phase) in gates]
    stands = {one for one in known if one.rules == rules_of(gates[one.gate, one.phase])}
    otherwise = tuple(
        Lapsed(gate=one.gate, phase=one.phase, why=f"gate {one.gate} asks otherwise than it did")
        for one in known
        if one not in stands
    )
    lapsed = tuple(one for one in state.lapsed if (one.gate, one.phase) in gates)
    return tuple(one for one in known if one in stands), lapsed + otherwise


def binds(step: PlaybookPhase, options: WorkOptions) -> bool:
    """Whether its gate asks even where the phase is left out. Not that of FIX, which most work
    never comes to."""
    binding = step.gate is not None and step.gate.binding
    return binding and step.phase is not Phase.FIX and not beyond_end(step.phase, options)


def beyond_end(phase: Phase, options: WorkOptions) -> bool:
    return options.end is not None and phase.place > options.end.place


def reads_otherwise(granted: Granted, ticket_hash: str | None) -> bool:
    return None not in (granted.ticket_hash, ticket_hash) and granted.ticket_hash != ticket_hash


def is_other_work(granted: Granted, commit: str) -> bool:
    return granted.commit is not None and granted.commit != commit


def only_keeps_books(spec: PlaybookPhase) -> bool:
    """What our own `document` writes is a note of the work, by rules, and no part of it."""
    return all(isinstance(one, BuiltinAgent) for one in spec.agents if one.writes)


def due(lapsed: Iterable[Lapsed], coming: Phase | None) -> Lapsed | None:
    """What is to be asked again before the phase that comes; None: before the end. The gates of
    that phase and of later ones ask by themselves, if they are worked."""
    waiting = sorted(lapsed, key=lambda one: one.phase.place)
    if coming is None:
        return next(iter(waiting), None)
    behind = (one for one in waiting if one.phase.place < coming.place)
    return next((one for one in behind if not one.late), None)

"""Playbooks: read from YAML with words for what is wrong, completed, and cut down by options."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.identity import Role
from contracts.jira_work import WorkOptions
from contracts.phases import Phase
from contracts.playbooks import CommandAgent, Playbook, PlaybookPhase
from errors import InvalidPlaybookError
from policy.playbooks import first_of, parse_playbook, planned, with_coder

FULL = """
description: all of it
repair_rounds: 2
phases:
  - phase: EXPLORE
  - phase: PLAN
    gate: {name: plan, roles: [ADMIN], allow_requester: true, patience: 1d12h}
  - phase: CODE
    agents:
      - {kind: command, name: coder, command: [work, --now], limits: {time: 90s, memory: 100000000}}
      - {kind: human, name: reviewer, ask: Is it good, writes: false}
  - phase: TEST
    agents: [{kind: builtin, name: tests, use: run-tests}]
  - phase: FIX
  - phase: DOCUMENT
"""
GATE = """phases:
  - phase: PLAN
    gate:
      name: plan
"""


def parsed(text: str = FULL) -> Playbook:
    return parse_playbook("mine", text, "mine.yaml")


def test_a_playbook_is_read_with_all_it_says() -> None:
    playbook = parsed()
    assert (playbook.name, playbook.repair_rounds) == ("mine", 2)
    assert [step.phase for step in playbook.phases] == list(Phase)
    gate, code = playbook.phases[1].gate, playbook.phases[2].agents
    assert gate is not None
    assert (gate.roles, gate.patience) == ((Role.ADMIN,), timedelta(days=1, hours=12))
    assert [agent.name for agent in code] == ["coder", "reviewer"]
    assert code[0].limits.time == timedelta(seconds=90)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("90s", timedelta(seconds=90)),
        ("30m", timedelta(minutes=30)),
        ("2h", timedelta(hours=2)),
        ("1h30m", timedelta(minutes=90)),
        ("7d", timedelta(days=7)),
        ("PT2H", timedelta(hours=2)),
        ("P1DT1S", timedelta(days=1, seconds=1)),
    ],
)
def test_a_duration_is_written_short_or_as_iso_8601(written: str, meant: timedelta) -> None:
    gate = parsed(f"{GATE}      patience: {written}").phases[0].gate
    assert gate is not None
    assert gate.patience == meant


@given(st.integers(min_value=1, max_value=10**9))
def test_any_duration_in_whole_seconds_can_be_written_short(seconds: int) -> None:
    written = f"{seconds // 86400}d{seconds // 3600 % 24}h{seconds // 60 % 60}m{seconds % 60}s"
    gate = parsed(f"{GATE}      patience: {written}").phases[0].gate
    assert gate is not None
    assert gate.patience == timedelta(seconds=seconds)


def test_a_named_command_codes_and_fixes_where_nobody_is_named() -> None:
    playbook = parsed("phases: [{phase: PLAN}, {phase: CODE}, {phase: TEST}, {phase: FIX}]")
    completed = with_coder(playbook, ("work", "--now"), ("KEY",))
    coder = CommandAgent(
        kind="command", name="coder", command=("work", "--now"), environment=("KEY",)
    )
    assert [step.agents for step in completed.phases] == [(), (coder,), (), (coder,)]
    assert Playbook.model_validate_json(completed.model_dump_json()) == completed


def test_a_named_command_takes_nobodys_place() -> None:
    playbook = parsed(
        "phases: [{phase: CODE, agents: [{kind: command, name: mine, command: [work]}]}]"
    )
    assert with_coder(playbook, ("other",)) == playbook


@pytest.mark.parametrize(
    ("command", "prose"), [(("work",), False), (("work", "-f={prompt_file}"), True)]
)
def test_a_command_that_reads_prose_is_taken_to_answer_in_prose(
    command: tuple[str, ...], prose: bool
) -> None:
    (coder,) = with_coder(parsed("phases: [{phase: CODE}]"), command).phases[0].agents
    assert isinstance(coder, CommandAgent)
    assert coder.prose is prose


@pytest.mark.parametrize(
    ("command", "environment", "said"),
    [
        ((), (), "command: an empty list: name at least one"),
        (("",), (), "command[0]: ``: String should have at least 1 character"),
        (("a",), ("A=1",), "environment[0]: `A=1` does not fit: name a variable"),
    ],
)
def test_an_unusable_command_is_refused(
    command: tuple[str, ...], environment: tuple[str, ...], said: str
) -> None:
    with pytest.raises(InvalidPlaybookError) as refused:
        with_coder(parsed("phases: [{phase: CODE}]"), command, environment)
    assert str(refused.value).startswith(f"--agent: {said}")


def reasons(options: WorkOptions, playbook: Playbook) -> dict[Phase, str | None]:
    return {step.phase: step.skipped_because for step in planned(playbook, options)}


def test_without_options_every_phase_is_planned_with_its_agents_and_gate() -> None:
    plan = planned(parsed(), WorkOptions())
    assert [step.phase for step in plan] == list(Phase)
    assert {step.skipped_because for step in plan} == {None}
    assert (plan[1].gate, plan[2].agents) == ("plan", ("coder", "reviewer"))


def test_start_and_end_leave_out_what_lies_before_and_after() -> None:
    assert reasons(WorkOptions(start=Phase.CODE, end=Phase.FIX), parsed()) == {
        Phase.EXPLORE: "before --start CODE",
        Phase.PLAN: "before --start CODE",
        Phase.CODE: None,
        Phase.TEST: None,
        Phase.FIX: None,
        Phase.DOCUMENT: "after --end FIX",
    }


def test_start_may_name_a_phase_that_the_playbook_lacks() -> None:
    short = parsed("phases: [{phase: EXPLORE}, {phase: CODE}]")
    plan = reasons(WorkOptions(start=Phase.PLAN), short)
    assert plan == {Phase.EXPLORE: "before --start PLAN", Phase.CODE: None}


def test_a_phase_is_skipped_by_option() -> None:
    plan = reasons(WorkOptions(skip=(Phase.PLAN, Phase.DOCUMENT)), parsed())
    assert plan[Phase.PLAN] == plan[Phase.DOCUMENT] == "skipped by option"
    assert plan[Phase.CODE] is None


def test_without_test_nothing_is_fixed() -> None:
    plan = reasons(WorkOptions(skip=(Phase.TEST,)), parsed())
    assert plan[Phase.FIX] == "TEST is skipped, and only TEST says what to fix"


def test_who_starts_with_fix_starts_with_the_test_that_says_what_to_fix() -> None:
    plan = reasons(WorkOptions(start=Phase.FIX), parsed())
    assert (plan[Phase.TEST], plan[Phase.FIX]) == (None, None)
    assert plan[Phase.CODE] == "before --start FIX"


def test_without_repair_rounds_nothing_is_fixed() -> None:
    without = parsed(FULL.replace("repair_rounds: 2", "repair_rounds: 0"))
    assert reasons(WorkOptions(), without)[Phase.FIX] == "repair_rounds is 0"


@given(
    st.sampled_from([None, *Phase]),
    st.sampled_from([None, *Phase]),
    st.sets(st.sampled_from(Phase)),
)
def test_what_is_planned_lies_between_start_and_end_and_is_not_skipped(
    start: Phase | None, end: Phase | None, skip: set[Phase]
) -> None:
    order = list(Phase)
    first = order.index(first_of(start)) if start else 0
    last = order.index(end) if end else len(order) - 1
    if start and end and order.index(start) > order.index(end):
        return
    playbook = Playbook(name="mine", phases=tuple(PlaybookPhase(phase=phase) for phase in Phase))
    plan = reasons(WorkOptions(start=start, end=end, skip=tuple(skip)), playbook)
    worked = {phase for phase, reason in plan.items() if reason is None}
    allowed = set(order[first : last + 1]) - skip
    if Phase.TEST not in allowed:
        allowed -= {Phase.FIX}
    assert worked == allowed

"""What a new attempt takes over of the last one."""

from typing import Any

import pytest

from contracts.choices import Choices, TakenOver
from contracts.jira_work import WorkOptions, WorkOrder
from contracts.phases import Phase
from contracts.playbooks import CommandAgent, Playbook, PlaybookPhase
from policy.choices import Earlier, manned, settled
from policy.playbooks import with_coder

OPEN = Playbook(
    name="open", phases=tuple(PlaybookPhase(phase=one) for one in (Phase.CODE, Phase.TEST))
)
CLAUDE = CommandAgent(kind="command", name="claude", command=("claude",))
OWN = Playbook(name="own", phases=(PlaybookPhase(phase=Phase.CODE, agents=(CLAUDE,)),))
CODER = ("work", "--now")


def order(**said: Any) -> WorkOrder:
    names = [name for name in said if name in WorkOptions.model_fields]
    options = WorkOptions(**{name: said.pop(name) for name in names})
    return WorkOrder(issue_key="KEY-1", requested_by="rita@example.org", options=options, **said)


def earlier(frozen: Playbook = OPEN, completed: bool = False, **said: Any) -> Earlier:
    """Attempt 3, which was asked for so."""
    by = settled(order(**said), None)
    return Earlier(3, completed, with_coder(frozen, CODER), by.choices, by.options)


CODED = earlier(coder=CODER, coder_environment=("KEY",))
NAMED = earlier(OWN, playbook="own")


def test_of_a_first_attempt_holds_what_was_said() -> None:
    by = settled(order(coder=CODER, skip=["CODE"]), None)
    assert (by.choices, by.taken_over, by.frozen) == (Choices(coder=CODER), None, None)
    assert by.options.skip == (Phase.CODE,)


@pytest.mark.parametrize("resume", [False, True])
def test_without_an_agent_that_of_the_last_attempt_works(resume: bool) -> None:
    by = settled(order(resume=resume), CODED)
    assert by.choices == Choices(coder=CODER, coder_environment=("KEY",))
    assert by.taken_over == TakenOver(attempt=3, coder=CODER, coded=(Phase.CODE,))
    assert by.frozen == (CODED.playbook if resume else None)


def test_another_agent_takes_the_place_of_the_last_one_and_of_its_variables() -> None:
    by = settled(order(coder=("other",)), CODED)
    assert (by.choices, by.taken_over) == (Choices(coder=("other",)), None)


def test_a_playbook_that_was_named_is_followed_again() -> None:
    by = settled(order(), NAMED)
    assert (by.choices.playbook, by.taken_over) == ("own", TakenOver(attempt=3, playbook="own"))


def test_a_playbook_with_agents_of_its_own_gives_way_to_an_agent_that_is_said() -> None:
    by = settled(order(coder=CODER), NAMED)
    assert (by.choices, by.taken_over) == (Choices(coder=CODER), None)


def test_a_playbook_without_them_takes_the_agent_that_is_said() -> None:
    by = settled(order(coder=("other",)), earlier(playbook="open", coder=CODER))
    assert by.choices == Choices(playbook="open", coder=("other",))
    assert by.taken_over == TakenOver(attempt=3, playbook="open")


def test_what_is_resumed_by_another_agent_keeps_the_playbook_that_a_rule_chose() -> None:
    by = settled(order(coder=("other",), resume=True), CODED)
    assert (by.choices.playbook, by.frozen) == ("open", None)


def test_an_agent_that_was_taken_over_gives_way_to_those_of_a_playbook_that_is_said() -> None:
    full, by = manned(OWN, settled(order(playbook="own"), CODED))
    assert (full, by.choices, by.taken_over) == (OWN, Choices(playbook="own"), None)


def test_an_agent_that_was_taken_over_works_where_the_playbook_names_nobody() -> None:
    full, by = manned(OPEN, settled(order(), CODED))
    assert full == with_coder(OPEN, CODER, ("KEY",))
    assert by.taken_over == TakenOver(attempt=3, coder=CODER, coded=(Phase.CODE,))


def test_what_is_resumed_leaves_out_what_the_last_attempt_left_out() -> None:
    by = settled(order(resume=True), earlier(skip=["PLAN"], end="TEST"))
    assert (by.options.skip, by.options.end) == ((Phase.PLAN,), Phase.TEST)
    assert by.taken_over == TakenOver(attempt=3, skip=(Phase.PLAN,), end=Phase.TEST)


@pytest.mark.parametrize("said", [{"skip": ["CODE"]}, {"end": "TEST"}])
def test_unless_something_is_said_of_phases(said: dict[str, Any]) -> None:
    by = settled(order(resume=True, **said), earlier(skip=["PLAN"]))
    assert (by.options, by.taken_over) == (WorkOptions(resume=True, **said), None)


def test_what_came_to_the_end_it_was_given_is_resumed_beyond_it() -> None:
    by = settled(order(resume=True, again=True), earlier(completed=True, skip=["PLAN"], end="CODE"))
    assert (by.options.skip, by.options.end) == ((Phase.PLAN,), None)


def test_what_begins_anew_leaves_nothing_out() -> None:
    by = settled(order(), earlier(skip=["PLAN"], end="CODE"))
    assert (by.options, by.taken_over) == (WorkOptions(), None)

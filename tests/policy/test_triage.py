"""Triage: type, complexity and route out of a ticket's words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.agents import Brief, Report, SimilarTicket
from contracts.issues import IssueType, Ticket
from contracts.phases import Phase
from policy.reports import bounded
from policy.triage import (
    NOT_KNOWN,
    ROUTES,
    WEIGHTS,
    Route,
    Weight,
    complexity,
    route_of,
    triage_report,
)

PLAIN = "The list of customers shows each name twice since last week"


def ticket(**more: object) -> Ticket:
    return Ticket.model_validate({"key": "DEMO-1", "title": PLAIN} | more)


def told(of: Ticket, *similar: SimilarTicket) -> Report:
    brief = Brief(
        ticket=of,
        phase=Phase.EXPLORE,
        round=1,
        attempt=1,
        similar=similar,
        workspace="/work",
        branch="slipway/DEMO-1",
        base_commit="abc123",
    )
    return triage_report(brief)


@pytest.mark.parametrize("weight", WEIGHTS, ids=lambda weight: weight.about)
def test_each_rule_of_the_table_counts_once_however_many_of_its_words_are_there(
    weight: Weight,
) -> None:
    text = " ".join(sorted(weight.words) * 2)
    base = ticket(description="migration", acceptance_criteria="a")
    added = complexity(ticket(description=f"{base.description} {text}", acceptance_criteria="a"))
    wanted = complexity(base).points + (0 if "migration" in weight.words else weight.points)
    assert added.points == wanted
    assert any(weight.about in reason for reason in added.reasons)


def test_criteria_and_length_count_too() -> None:
    written = ticket(acceptance_criteria="- a")
    assert complexity(written).points == 1
    assert complexity(ticket()).points == 2
    six = "\n".join(f"- {letter}" for letter in "abcdef")
    assert complexity(ticket(acceptance_criteria=six)).points == 3
    assert complexity(ticket(acceptance_criteria="- a", description="word " * 400)).points == 2


@pytest.mark.parametrize(
    ("of", "route"),
    [
        (ticket(title="Broken"), Route.CLARIFY),
        (ticket(type=IssueType.EPIC), Route.SPLIT),
        (ticket(acceptance_criteria="\n".join(f"- c{n}" for n in range(16))), Route.SPLIT),
        (ticket(acceptance_criteria="- Once"), Route.QUICK),
        (ticket(), Route.NORMAL),
        (ticket(description="a migration, and a deadlock"), Route.CAREFUL),
    ],
)
def test_the_route_follows_from_type_criteria_and_complexity(of: Ticket, route: Route) -> None:
    assert route_of(of)[0] is route
    assert f"Route: {route}" in told(of).summary


def test_every_route_says_what_to_do() -> None:
    assert set(ROUTES) == set(Route)


def test_a_ticket_that_talks_like_another_type_is_said_to() -> None:
    odd = ticket(type=IssueType.TASK, description="A crash, an error: it is broken.")
    assert "It is called TASK and talks like a BUG (broken, crash, error)." in told(odd).findings
    right = ticket(type=IssueType.BUG, description="A crash, an error: it is broken.")
    assert not any("talks like" in finding for finding in told(right).findings)


def test_what_it_cannot_know_is_said_every_time() -> None:
    findings = told(ticket()).findings
    assert set(NOT_KNOWN) <= set(findings)
    assert any("No acceptance criteria" in finding for finding in findings)


def test_similar_tickets_and_the_fitting_playbook_are_named() -> None:
    similar = SimilarTicket(issue_key="DEMO-9", success=False)
    findings = told(ticket(labels=("Hotfix",)), similar).findings
    assert "DEMO-9 was like it and did not succeed." in findings
    assert any("`hotfix` (label `Hotfix`)" in finding for finding in findings)


@given(st.text(max_size=300), st.text(max_size=300), st.sampled_from(IssueType))
def test_any_ticket_gets_a_report_that_is_kept_whole(
    description: str, criteria: str, kind: IssueType
) -> None:
    of = ticket(description=description, acceptance_criteria=criteria, type=kind)
    report = told(of)
    assert report == told(of) == bounded(report)
    assert 0 <= complexity(of).points <= 10

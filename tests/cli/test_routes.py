"""The routing table of messages, as people look at it and change it."""

from io import StringIO

import pytest

from tests.cli.teller import Teller


def test_a_route_is_made_changed_and_taken_out(bob: Teller) -> None:
    made = bob.says("notifications", "route", "phasecompleted", "slack", "--batched")
    assert (made.code, made.out) == (
        0,
        "PhaseCompleted           slack     all endpoints, batched\n",
    )
    assert bob.says("notifications", "route", "SlaViolated", "email", "--people").code == 0
    assert bob.says("notifications", "route", "PhaseCompleted", "slack", "--urgent").code == 0
    rows = [(one["event_type"], one["people"]) for one in bob.reads("notifications", "routes")]
    assert rows == [("PhaseCompleted", False), ("SlaViolated", True)]
    (first, _) = bob.reads("notifications", "routes")
    assert (first["urgent"], first["batched"]) == (True, False)
    taken = ("notifications", "route", "PhaseCompleted", "slack", "--remove")
    assert bob.says(*taken).code == 0
    assert bob.says(*taken).code == 3
    shown = bob.says("notifications", "routes").out
    assert shown == "SlaViolated              email     the people whom it concerns\n"


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("PhaseDone", "slack"), 2, "Say one of AgentBlocked,"),
        (("PhaseCompleted", "pigeon"), 2, "'pigeon' is not a channel"),
        (("PhaseCompleted", "slack", "--people"), 2, "People are told by e-mail"),
        (("PhaseCompleted", "slack", "--urgent", "--batched"), 2, "leave one out"),
        (("PhaseCompleted", "slack", "--endpoint", "nowhere"), 3, "no endpoint 'nowhere'"),
    ],
)
def test_a_route_that_leads_nowhere_is_refused(
    bob: Teller, arguments: tuple[str, ...], code: int, told: str
) -> None:
    said = bob.says("notifications", "route", *arguments)
    assert (said.code, told in said.err) == (code, True), said.err
    assert bob.reads("notifications", "routes") == []


def test_an_endpoint_says_that_no_route_leads_there_yet(
    bob: Teller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def added() -> str:
        monkeypatch.setattr("sys.stdin", StringIO("https://teams.example.org/hook\n"))
        said = bob.says("endpoint", "add", "room", "teams")
        assert (said.code, said.out) == (0, "room is told by teams\n")
        return said.err

    assert "notifications route EVENT teams" in added()
    elsewhere = ("notifications", "route", "PhaseCompleted", "email", "--people")
    assert bob.says(*elsewhere).code == 0
    assert "No route leads there" in added()
    named = ("notifications", "route", "PhaseCompleted", "teams", "--endpoint", "room")
    assert bob.says(*named).code == 0
    assert added() == ""


def test_a_route_may_lead_to_one_endpoint_alone(
    bob: Teller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", StringIO("room@example.org\n"))
    assert bob.says("endpoint", "add", "room", "email").code == 0
    assert bob.reads("endpoint", "list") == [{"name": "room", "channel": "EMAIL"}]
    made = bob.says("notifications", "route", "PhaseCompleted", "email", "--endpoint", "room")
    assert (made.code, made.out) == (0, "PhaseCompleted           email     room\n")
    (row,) = bob.reads("notifications", "routes")
    assert (row["endpoint"], row["people"]) == ("room", False)
    other = bob.says("notifications", "route", "PhaseCompleted", "slack", "--endpoint", "room")
    assert (other.code, "room is told by email" in other.err) == (2, True)


def test_the_newest_messages_are_shown_when_nothing_else_is_said(bob: Teller) -> None:
    assert "Nobody was told" in bob.says("notifications").out
    assert bob.reads("notifications", "--failed") == []

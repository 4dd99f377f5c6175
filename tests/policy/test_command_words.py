"""What a delivery asked, in words for whoever looks at the inbox."""

from datetime import UTC, datetime

import pytest

from contracts.approvals import DecisionChannel, DecisionKind
from contracts.commands import (
    Account,
    AnyCommand,
    CancelWork,
    CheckConclusion,
    Decide,
    EditTicket,
    FollowPullRequest,
    GitIssue,
    GitProvider,
    GiveAnswer,
    Guide,
    IdentityProvider,
    KeepEvidence,
    LinkDevelopment,
    Place,
    Proposal,
    PullRequestStage,
    StartWork,
    Subject,
    TriageRequest,
)
from contracts.triage import SupportTicket
from policy.command_words import told_as_done

AT = datetime(2026, 1, 7, tzinfo=UTC)
ANN = Account(provider=IdentityProvider.GITHUB, external_id="1")
KEYED = Subject(keys=("CALC-1", "CALC-2"))
PULL = Subject(place=Place(provider=GitProvider.GITHUB, repository="me/calc", number=7))
PUSH = Subject(place=Place(provider=GitProvider.GITHUB, repository="me/calc", branch="CALC"))
ISSUE = Subject(issue=GitIssue(provider=GitProvider.GITHUB, repository="me/calc", number=3))
TICKET = SupportTicket(organization="default", source="hubspot", id="9", subject="s", body="b")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (LinkDevelopment(at=AT, about=KEYED), "linked to CALC-1, CALC-2"),
        (LinkDevelopment(at=AT, about=PUSH), "linked to the ticket of me/calc CALC"),
        (LinkDevelopment(at=AT), "linked to a ticket"),
        (
            FollowPullRequest(at=AT, about=PULL, stage=PullRequestStage.MERGED),
            "pull request of the ticket of me/calc#7: merged",
        ),
        (
            KeepEvidence(at=AT, about=KEYED, check="ci", conclusion=CheckConclusion.PASSED),
            "check of CALC-1, CALC-2: ci passed",
        ),
        (TriageRequest(at=AT, ticket=TICKET), f"{TICKET.shown} went to triage"),
        (StartWork(at=AT, about=ISSUE, by=ANN), "work on me/calc#3 was started"),
        (
            Decide(
                at=AT,
                about=KEYED,
                by=ANN,
                decision=DecisionKind.APPROVE,
                channel=DecisionChannel.GIT,
            ),
            "APPROVE at CALC-1, CALC-2",
        ),
        (Guide(at=AT, about=ISSUE, by=ANN, text="x"), "me/calc#3 was guided"),
        (GiveAnswer(at=AT, about=ISSUE, by=ANN, text="x"), "me/calc#3 was answered"),
        (CancelWork(at=AT, about=ISSUE), "me/calc#3 was cancelled"),
        (EditTicket(at=AT, about=ISSUE, proposal=Proposal(title="t")), "me/calc#3 was edited"),
    ],
)
def test_each_command_has_words_of_its_own(command: AnyCommand, said: str) -> None:
    assert told_as_done(command) == said

"""Where a ticket stands because of its pull requests."""

import itertools
from datetime import UTC, datetime, timedelta
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.commands import FollowPullRequest, PullRequestStage
from policy.pull_requests import (
    APPROVED,
    DONE,
    IN_PROGRESS,
    IN_REVIEW,
    PullRequest,
    known_from,
    put_together,
    status_names,
)
from tests.github_life import SIX
from tests.policy.deliveries import routed

START = datetime(2026, 3, 1, tzinfo=UTC)


def at(minute: int | None) -> datetime | None:
    return None if minute is None else START + timedelta(minutes=minute)


def told(
    stage: str,
    minute: int,
    *,
    number: int = 1,
    asked: int | None = None,
    approved: int | None = None,
    objected: int | None = None,
    foreign: bool = False,
) -> PullRequest:
    return PullRequest(
        number=number,
        stage=PullRequestStage(stage),
        at=START + timedelta(minutes=minute),
        review_asked_at=at(asked),
        approved_at=at(approved),
        objected_at=at(objected),
        foreign=foreign,
    )


DRAFTED = told("DRAFT", 1, asked=1)
READY = told("OPEN", 2, asked=2)
LIKED = told("OPEN", 3, approved=3)


@pytest.mark.parametrize(
    ("life", "status"),
    [
        ([DRAFTED], IN_PROGRESS),
        ([DRAFTED, READY], IN_REVIEW),
        ([DRAFTED, READY, LIKED], APPROVED),
        ([READY, LIKED, told("OPEN", 4, objected=4)], IN_REVIEW),
        ([READY, LIKED, told("CLOSED", 4)], IN_PROGRESS),
        ([READY, LIKED, told("CLOSED", 4), told("OPEN", 5, asked=5)], IN_REVIEW),
        ([READY, LIKED, told("MERGED", 4)], DONE),
        ([READY, told("MERGED", 4), told("CLOSED", 9)], DONE),
        ([READY, told("CLOSED", 2)], IN_PROGRESS),
        ([told("CLOSED", 9), told("OPEN", 1, number=2, asked=1)], IN_REVIEW),
    ],
)
def test_a_life_ends_in_a_status_in_any_order(
    life: list[PullRequest], status: tuple[str, ...]
) -> None:
    for order in itertools.permutations(life):
        assert status_names([reduce(put_together, order)]) == status


@pytest.mark.parametrize(
    ("stages", "status"),
    [
        (["MERGED", "OPEN"], IN_REVIEW),
        (["MERGED", "CLOSED"], DONE),
        (["OPEN", "DRAFT", "MERGED"], IN_PROGRESS),
        (["CLOSED", "CLOSED"], IN_PROGRESS),
        ([], ()),
    ],
)
def test_several_pull_requests_speak_together(stages: list[str], status: tuple[str, ...]) -> None:
    assert status_names([told(stage, 1) for stage in stages]) == status


@pytest.mark.parametrize(
    ("own", "foreign", "status"),
    [
        ([], ["OPEN"], ()),
        ([], ["CLOSED"], ()),
        ([], ["MERGED"], DONE),
        (["MERGED"], ["OPEN", "DRAFT", "CLOSED"], DONE),
        (["OPEN"], ["MERGED"], IN_REVIEW),
    ],
)
def test_what_comes_from_a_fork_speaks_once_it_is_merged(
    own: list[str], foreign: list[str], status: tuple[str, ...]
) -> None:
    known = [told(stage, 1) for stage in own]
    strange = [told(stage, 2, number=2, foreign=True) for stage in foreign]
    assert status_names([*known, *strange]) == status


MINUTES = st.none() | st.integers(0, 5)
TOLD = st.builds(
    told,
    st.sampled_from([stage.value for stage in PullRequestStage]),
    st.integers(0, 5),
    number=st.integers(1, 2),
    asked=MINUTES,
    approved=MINUTES,
    objected=MINUTES,
    foreign=st.booleans(),
)


@given(TOLD, TOLD, TOLD)
def test_order_grouping_and_repetition_make_no_difference(
    one: PullRequest, two: PullRequest, three: PullRequest
) -> None:
    assert put_together(one, two) == put_together(two, one)
    assert put_together(one, one) == one
    left = put_together(put_together(one, two), three)
    assert left == put_together(one, put_together(two, three))


def test_every_order_of_a_life_of_six_on_github_ends_alike() -> None:
    told = [
        known
        for event, payload in SIX
        for command in routed("github", event, payload).commands
        if isinstance(command, FollowPullRequest) and (known := known_from(command))
    ]
    assert len(told) == 5
    ends = {status_names([reduce(put_together, order)]) for order in itertools.permutations(told)}
    assert ends == {DONE}

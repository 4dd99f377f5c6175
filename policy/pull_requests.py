"""What deliveries know of pull requests, put together in whatever order they came."""

from collections.abc import Iterable
from datetime import datetime

from pydantic import BaseModel

from contracts.commands import FollowPullRequest, PullRequestStage
from policy.forks import is_foreign

# A flow has its own names: the first that it knows is meant, in capital or small letters.
IN_PROGRESS = ("In Progress",)
IN_REVIEW = ("In Review",)
APPROVED = ("Approved", *IN_REVIEW)
DONE = ("Done",)
# From the least to the most that has been reached.
ORDER = (IN_PROGRESS, IN_REVIEW, APPROVED, DONE)


class PullRequest(BaseModel, frozen=True):
    """Each field is a high-water mark: the state is where they stand, never who came last.
    `foreign`: it comes from a fork. `vouched`: somebody made it who may work here."""

    number: int
    stage: PullRequestStage
    at: datetime
    review_asked_at: datetime | None = None
    approved_at: datetime | None = None
    objected_at: datetime | None = None
    foreign: bool = False
    vouched: bool = False

    @property
    def counts(self) -> bool:
        """Whoever may read a repository may make a pull request of a fork, and give it a ticket's
        name. To merge it takes somebody who may write."""
        return not self.foreign or self.vouched or _merged(self)

    @property
    def open(self) -> bool:
        return self.stage in (PullRequestStage.DRAFT, PullRequestStage.OPEN)

    @property
    def approved(self) -> bool:
        """An approval from before the review was asked for again says nothing of it now."""
        if self.approved_at is None:
            return False
        undone = [moment for moment in (self.review_asked_at, self.objected_at) if moment]
        return all(self.approved_at > moment for moment in undone)


def known_from(command: FollowPullRequest, *, vouched: bool = False) -> PullRequest | None:
    """None without a number: then it can't be told from others."""
    place = command.about.place
    if place is None or place.number is None:
        return None
    return PullRequest(
        number=place.number,
        stage=command.stage,
        at=command.at,
        review_asked_at=command.review_asked_at,
        approved_at=command.approved_at,
        objected_at=command.objected_at,
        foreign=is_foreign(place.branch),
        vouched=vouched,
    )


def put_together(known: PullRequest | None, told: PullRequest) -> PullRequest:
    """The order in which things are told makes no difference. Of two pull requests from one
    branch the later one, by its number, is what counts."""
    if known is None or known.number < told.number:
        return told
    if known.number > told.number:
        return known
    newer = max(known, told, key=_rank)
    return PullRequest(
        number=told.number,
        stage=newer.stage,
        at=newer.at,
        review_asked_at=_later(known.review_asked_at, told.review_asked_at),
        approved_at=_later(known.approved_at, told.approved_at),
        objected_at=_later(known.objected_at, told.objected_at),
        foreign=known.foreign or told.foreign,
        vouched=known.vouched or told.vouched,
    )


def status_names(pull_requests: Iterable[PullRequest]) -> tuple[str, ...]:
    """What the ticket should become: the first of these that its flow has. While one of its pull
    requests is open it isn't done; of several open ones the least advanced speaks."""
    known = [one for one in pull_requests if one.counts]
    speaking = [one for one in known if one.open] or [one for one in known if _merged(one)]
    reached = [_reached(one) for one in speaking or known]
    return min(reached, key=ORDER.index) if reached else ()


def _reached(one: PullRequest) -> tuple[str, ...]:
    match one.stage:
        case PullRequestStage.MERGED:
            return DONE
        case PullRequestStage.OPEN:
            return APPROVED if one.approved else IN_REVIEW
        case PullRequestStage.DRAFT | PullRequestStage.CLOSED:
            return IN_PROGRESS


def _merged(one: PullRequest) -> bool:
    return one.stage is PullRequestStage.MERGED


def _rank(one: PullRequest) -> tuple[bool, datetime, int]:
    """A merge is for ever. Providers' times have seconds: of one second the further stage wins."""
    return _merged(one), one.at, list(PullRequestStage).index(one.stage)


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((moment for moment in (one, other) if moment), default=None)

"""What every source's routing needs: the house's own rules, and what a comment comes to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.approvals import DecisionChannel
from contracts.commands import (
    Account,
    Command,
    Decide,
    GiveAnswer,
    Guide,
    IdentityProvider,
    LinkDevelopment,
    Place,
    Proposal,
    StartWork,
    Subject,
)
from contracts.webhooks import Delivery
from policy.comment_commands import Spoken, Word, spoken_in
from policy.issue_keys import keys_in
from policy.payloads import Payload

START_LABEL = "slipway"
# No object's version can be much newer than its delivery: one that claims it would stop the clock.
AHEAD = timedelta(hours=1)


@dataclass(frozen=True)
class HouseRules:
    """`own_accounts`, as `github:12345`: what they cause is our own echo."""

    start_label: str = START_LABEL
    own_accounts: frozenset[str] = frozenset()

    def is_start(self, label: str) -> bool:
        """In whatever letters: to GitHub they are the same."""
        return label.casefold() == self.start_label.casefold()

    def is_own(self, account: Account | None) -> bool:
        return account is not None and str(account) in self.own_accounts


@dataclass(frozen=True)
class Ignored:
    reason: str


Found = Sequence[Command] | Ignored


@dataclass(frozen=True)
class Reading:
    """A delivery that is being read: `payload` may be anything."""

    delivery: Delivery
    payload: Payload
    rules: HouseRules

    @property
    def received_at(self) -> datetime:
        return self.delivery.received_at

    def version(self, *moments: datetime | None) -> datetime:
        """The first that is known, else when it was delivered."""
        known = next((moment for moment in moments if moment is not None), self.received_at)
        return min(known, self.received_at + AHEAD)

    def account(self, provider: IdentityProvider, id: str) -> Account | None:
        return Account(provider=provider, external_id=id) if id else None


@dataclass(frozen=True)
class Remark:
    """A comment, wherever it was made. `by` is None where the payload doesn't say; `proposal` is
    what the issue says that it stands under."""

    body: str
    by: Account | None
    about: Subject
    at: datetime
    channel: DecisionChannel
    proposal: Proposal | None = None


def said(remark: Remark) -> Found:
    spoken = spoken_in(remark.body)
    if spoken is None:
        return Ignored("a comment without a command in its first line")
    if remark.by is None:
        return Ignored("a comment by nobody")
    if spoken.word in (Word.GUIDE, Word.ANSWER) and not spoken.text:
        return Ignored(f"/{spoken.word} without a text")
    return [_command(spoken, remark, remark.by)]


def _command(spoken: Spoken, remark: Remark, by: Account) -> Command:
    about, at = remark.about, remark.at
    if spoken.decision is not None:
        return Decide(
            about=about,
            at=at,
            by=by,
            decision=spoken.decision,
            channel=remark.channel,
            comment=spoken.text,
            code=spoken.code,
        )
    if spoken.word is Word.GUIDE:
        return Guide(about=about, at=at, by=by, text=spoken.text)
    if spoken.word is Word.ANSWER:
        return GiveAnswer(about=about, at=at, by=by, text=spoken.text)
    return StartWork(about=about, at=at, by=by, proposal=remark.proposal)


def linked(place: Place | None, messages: Sequence[str], at: datetime) -> Found:
    """A branch, or commits on it, that name tickets."""
    if place is None or not place.branch:
        return Ignored("no branch in it")
    keys = keys_in(place.branch, *messages)
    if not keys:
        return Ignored("no issue key in its branch or messages")
    return [LinkDevelopment(about=Subject(keys=keys, place=place), at=at)]

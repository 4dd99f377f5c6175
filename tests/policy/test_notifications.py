"""Rules on messages: quiet hours over midnight and summer time, batches, keys and words."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.notifications import Channel, NotificationRequest, Occasion, QuietHours
from policy.notification_texts import TEXTS, text_of
from policy.notifications import (
    MAX_BODY,
    SEEDED_ROUTES,
    WINDOW,
    UnknownTimeZoneError,
    batch_end,
    batch_key,
    dedupe_key,
    digest,
    fallback_key,
    is_crowded,
    pause_after,
    quiet_until,
    window_end,
)

NIGHT = QuietHours(time_zone="Europe/Berlin", start=time(22), end=time(7))
SECONDS = st.floats(1_577_836_800, 2_051_222_400)
MOMENTS = SECONDS.map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("moment", "until"),
    [
        ("2026-11-20T21:30:00+01:00", None),
        ("2026-11-20T22:00:00+01:00", "2026-11-21T07:00:00+01:00"),
        ("2026-11-21T06:59:59+01:00", "2026-11-21T07:00:00+01:00"),
        ("2026-11-21T07:00:00+01:00", None),
        # The night in which the clocks go forward, and the one in which they go back.
        ("2026-03-28T23:00:00+01:00", "2026-03-29T07:00:00+02:00"),
        ("2026-10-24T23:00:00+02:00", "2026-10-25T07:00:00+01:00"),
    ],
)
def test_quiet_hours_end_by_the_clock_on_the_wall(moment: str, until: str | None) -> None:
    assert quiet_until(NIGHT, at(moment)) == (at(until) if until else None)


@given(MOMENTS)
def test_when_quiet_hours_end_it_is_not_quiet_any_more(moment: datetime) -> None:
    until = quiet_until(NIGHT, moment)
    if until is not None:
        assert moment < until <= moment + timedelta(hours=10)
        assert quiet_until(NIGHT, until) is None


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "../../etc/passwd", "", "\x00"])
def test_a_time_zone_that_nobody_knows_is_named(zone: str) -> None:
    with pytest.raises(UnknownTimeZoneError):
        quiet_until(NIGHT.model_copy(update={"time_zone": zone}), at("2026-11-20T22:00:00+01:00"))


@given(MOMENTS)
def test_a_batch_closes_within_its_window_and_its_key_says_when(moment: datetime) -> None:
    assert timedelta() < window_end(moment) - moment <= WINDOW
    assert batch_end(batch_key("an-endpoint", moment)) == window_end(moment)


def test_three_quarters_of_a_limit_are_a_crowd() -> None:
    assert [is_crowded(sent, 4) for sent in range(5)] == [False, False, False, True, True]


def test_pauses_grow_and_stay_bearable() -> None:
    pauses = [pause_after(attempt) for attempt in (1, 2, 3, 20, 10_000)]
    assert pauses[:3] == [timedelta(seconds=seconds) for seconds in (1, 2, 4)]
    assert pauses[3:] == [timedelta(minutes=10)] * 2


def test_each_recipient_of_a_fact_has_a_key_of_its_own() -> None:
    def key(organization: str, fact: str, channel: Channel, to: str) -> str:
        occasion = Occasion(issue_key="KEY-1")
        request = NotificationRequest(
            organization=organization, key=fact, event_type="X", occasion=occasion
        )
        return dedupe_key(request, channel, to)

    same = [key("a", "f", Channel.EMAIL, to) for to in ("max@example.org", "MAX@example.org")]
    assert same[0] == same[1]
    others = {
        *same,
        key("b", "f", Channel.EMAIL, "max@example.org"),
        key("a", "g", Channel.EMAIL, "max@example.org"),
        key("a", "f", Channel.SLACK, "max@example.org"),
        key("a", "f", Channel.EMAIL, "mia@example.org"),
    }
    assert len(others) == 5


def test_a_fallback_has_no_fallback() -> None:
    key = fallback_key("a-key")
    assert key is not None
    assert fallback_key(key) is None


def test_there_are_words_for_every_event_that_is_told_by_default() -> None:
    assert {route.event_type for route in SEEDED_ROUTES} == set(TEXTS)


@pytest.mark.parametrize("event_type", [*TEXTS, "SomethingNew"])
def test_a_message_fits_whatever_people_wrote(event_type: str) -> None:
    occasion = Occasion(issue_key="KEY-1", title="a\nb" * 100, reason="x" * 10_000, gate="plan")
    subject, body = text_of(event_type, occasion)
    assert len(subject) <= 200
    assert subject.startswith("KEY-1: ")
    assert "\n" not in subject
    assert len(body) <= MAX_BODY


def test_a_request_for_approval_says_what_why_until_when_and_how() -> None:
    occasion = Occasion(
        issue_key="KEY-1",
        title="Round up",
        gate="plan",
        by="rita@example.org",
        reason="files in billing/ change",
        until=datetime(2026, 11, 21, 9, 30, tzinfo=UTC),
        link="https://temporal.example/1",
    )
    subject, body = text_of("ApprovalRequested", occasion)
    assert subject == "KEY-1: your approval is asked: plan"
    for said in ("Round up", "rita@", "billing/", "2026-11-21 09:30 UTC", "approve KEY-1 --gate"):
        assert said in body


def test_a_digest_is_one_message_and_keeps_its_size() -> None:
    assert digest([("one", "body")]) == ("one", "body")
    subject, body = digest([(f"subject {number}", "x" * 5_000) for number in range(30)])
    assert subject == "30 messages: subject 0"
    assert "subject 29" in body
    assert len(body) <= MAX_BODY

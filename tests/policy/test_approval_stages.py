"""When those who are awaited at a gate are told again."""

from datetime import UTC, datetime, timedelta

from contracts.identity import Role
from contracts.levels import Approver, Level
from policy.approval_stages import Next, stage_of

NOW = datetime(2026, 5, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
LEVEL = Level(
    name="tech", approvers=(Approver(role=Role.MANAGER),), remind=6 * HOUR, patience=24 * HOUR
)


def test_reminders_keep_their_pace_however_late_each_is() -> None:
    stage = stage_of(1, LEVEL, NOW).after_reminder(NOW + 7 * HOUR)
    assert (stage.next(None), stage.instant) == (Next.REMIND, NOW + 12 * HOUR)


def test_reminders_missed_while_nobody_was_at_work_are_one() -> None:
    stage = stage_of(1, LEVEL, NOW).after_reminder(NOW + 17 * HOUR)
    assert stage.instant == NOW + 18 * HOUR
    assert stage.after_reminder(NOW + 40 * HOUR).next(None) is Next.EXPIRE


def test_a_timer_that_came_early_counts() -> None:
    stage = stage_of(1, LEVEL, NOW).after_reminder(NOW + 6 * HOUR - timedelta(milliseconds=1))
    assert stage.instant == NOW + 12 * HOUR

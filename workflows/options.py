"""How long each kind of outside work may take, and how often it is retried."""

from datetime import timedelta

from temporalio.common import RetryPolicy
from temporalio.workflow import ActivityCancellationType, ActivityConfig

from contracts.playbooks import Limits

# Also of an outage that takes a night: time without any worker counts.
PATIENCE = timedelta(days=1)
STORE = RetryPolicy(
    initial_interval=timedelta(milliseconds=200), maximum_interval=timedelta(seconds=10)
)
# Others' servers: what they say of when to come back goes before.
OUTSIDE = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1))


def database(summary: str) -> ActivityConfig:
    """A store that is away for hours costs patience, never a run."""
    return ActivityConfig(
        summary=summary,
        start_to_close_timeout=timedelta(seconds=30),
        schedule_to_close_timeout=PATIENCE,
        retry_policy=STORE,
    )


def reminder(summary: str) -> ActivityConfig:
    """The next one comes by itself."""
    return database(summary) | ActivityConfig(schedule_to_close_timeout=timedelta(minutes=1))


def sweep(summary: str) -> ActivityConfig:
    """One try: the schedule's next run is the next one. A dead worker is noticed by then."""
    return ActivityConfig(
        summary=summary,
        start_to_close_timeout=timedelta(minutes=1),
        schedule_to_close_timeout=timedelta(minutes=1),
        heartbeat_timeout=timedelta(seconds=10),
        retry_policy=RetryPolicy(maximum_attempts=1),
    )


def upkeep(summary: str) -> ActivityConfig:
    """Of a schedule too, which comes again: what is not done within a run's time is left to it."""
    return ActivityConfig(
        summary=summary,
        start_to_close_timeout=timedelta(minutes=1),
        schedule_to_close_timeout=timedelta(minutes=2),
        heartbeat_timeout=timedelta(seconds=10),
        retry_policy=STORE,
    )


def repository(summary: str) -> ActivityConfig:
    """A fetch of a large repository takes its time."""
    return ActivityConfig(
        summary=summary,
        start_to_close_timeout=timedelta(minutes=15),
        schedule_to_close_timeout=PATIENCE,
        heartbeat_timeout=timedelta(seconds=5),
        retry_policy=OUTSIDE,
    )


# What an agent may need around its own time: checkout, commit, push.
AROUND_AN_AGENT = timedelta(minutes=10)


def agent(summary: str, limits: Limits) -> ActivityConfig:
    """Heartbeats tell of a dead worker within four seconds; a cancelled run waits for its agent."""
    once = limits.time + AROUND_AN_AGENT
    return ActivityConfig(
        summary=summary,
        start_to_close_timeout=once,
        schedule_to_close_timeout=once * 3 + PATIENCE,
        heartbeat_timeout=timedelta(seconds=4),
        cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
        retry_policy=RetryPolicy(
            initial_interval=timedelta(milliseconds=500), maximum_interval=timedelta(seconds=20)
        ),
    )

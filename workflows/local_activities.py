"""The local activities that this process's workflows wait for, and whether they still come."""

from collections.abc import Callable
from threading import Lock
from time import monotonic
from weakref import WeakSet

from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion


class AwaitedActivities:
    """Those of one run, as long as it is in memory."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._since: dict[int, float] = {}

    def follow(self, act: WorkflowActivation, answer: WorkflowActivationCompletion) -> None:
        for job in act.jobs:
            if job.HasField("resolve_activity"):
                self._since.pop(job.resolve_activity.seq, None)
        for command in answer.successful.commands:
            if command.HasField("schedule_local_activity"):
                self._since[command.schedule_local_activity.seq] = self._clock()

    @property
    def longest(self) -> float:
        """Seconds; zero where nothing is awaited."""
        now = self._clock()
        return max((now - since for since in list(self._since.values())), default=0.0)


class LocalActivities:
    """Of all runs in memory. Workflows are worked in threads."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock, self._lock = clock, Lock()
        self._runs: WeakSet[AwaitedActivities] = WeakSet()

    def of_a_run(self) -> AwaitedActivities:
        """To be kept by the run: what it forgets is awaited no more."""
        awaited = AwaitedActivities(self._clock)
        with self._lock:
            self._runs.add(awaited)
        return awaited

    @property
    def longest(self) -> float:
        with self._lock:
            runs = list(self._runs)
        return max((run.longest for run in runs), default=0.0)


# A process has one worker.
LOCAL_ACTIVITIES = LocalActivities()

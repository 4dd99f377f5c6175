"""What the gateway counts, in Prometheus' text format."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

# https://prometheus.io/docs/instrumenting/exposition_formats/
KIND = "text/plain; version=0.0.4; charset=utf-8"
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Measures:
    """`gauges` and `totals` are read when somebody asks."""

    def __init__(
        self,
        gauges: Mapping[str, Callable[[], float]],
        totals: Mapping[str, Callable[[], float]],
    ) -> None:
        self._gauges, self._totals = gauges, totals
        self._answers: Counter[tuple[str, int]] = Counter()
        self._times = [0] * (len(BOUNDS) + 1)
        self._seconds = 0.0

    def answered(self, source: str, status: int, took: timedelta) -> None:
        seconds = took.total_seconds()
        self._answers[source, status] += 1
        self._times[bisect_left(BOUNDS, seconds)] += 1
        self._seconds += seconds

    def text(self) -> str:
        return "\n".join([*self._lines(), *self._histogram(), ""])

    def _lines(self) -> Iterator[str]:
        yield "# TYPE slipway_webhook_requests_total counter"
        for (source, status), count in sorted(self._answers.items()):
            yield f'slipway_webhook_requests_total{{source="{source}",status="{status}"}} {count}'
        for kind, values in (("gauge", self._gauges), ("counter", self._totals)):
            for name, value in values.items():
                yield f"# TYPE slipway_webhook_{name} {kind}"
                yield f"slipway_webhook_{name} {value()}"

    def _histogram(self) -> Iterator[str]:
        name = "slipway_webhook_answer_seconds"
        yield f"# TYPE {name} histogram"
        total = 0
        for bound, count in zip((*map(str, BOUNDS), "+Inf"), self._times, strict=True):
            total += count
            yield f'{name}_bucket{{le="{bound}"}} {total}'
        yield f"{name}_sum {self._seconds:.6f}"
        yield f"{name}_count {total}"

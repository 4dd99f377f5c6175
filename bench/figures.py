"""What was measured, what it should be, and how that is shown."""

import statistics
from collections.abc import Sequence

from pydantic import BaseModel, computed_field


class Figure(BaseModel, frozen=True):
    """`low` and `high` are the spread of what the median `value` was taken of. None: not measured
    on this kind of machine."""

    name: str
    value: float | None
    unit: str = ""
    at_least: float | None = None
    at_most: float | None = None
    low: float | None = None
    high: float | None = None

    @computed_field  # type: ignore[prop-decorator] # pydantic's own way, which mypy refuses
    @property
    def met(self) -> bool | None:
        """None without a target."""
        if self.value is None or (self.at_least is None and self.at_most is None):
            return None
        if self.at_least is not None and self.value < self.at_least:
            return False
        return self.at_most is None or self.value <= self.at_most


def median(
    name: str,
    values: Sequence[float],
    unit: str = "",
    *,
    at_least: float | None = None,
    at_most: float | None = None,
) -> Figure:
    return Figure(
        name=name,
        value=statistics.median(values),
        unit=unit,
        at_least=at_least,
        at_most=at_most,
        low=min(values),
        high=max(values),
    )


def p95(values: Sequence[float]) -> float:
    return sorted(values)[max(0, round(0.95 * len(values)) - 1)]


def table(figures: Sequence[Figure]) -> str:
    rows = [("", "what", "median", "spread", "target")]
    rows += [_row(figure) for figure in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _row(figure: Figure) -> tuple[str, str, str, str, str]:
    mark = {True: "✔", False: "✘", None: " "}[figure.met]
    spread = ""
    if figure.low is not None and figure.high is not None:
        spread = f"{_number(figure.low)} - {_number(figure.high)}"
    target = ""
    if figure.at_least is not None:
        target = f"≥ {figure.at_least:g}"
    elif figure.at_most is not None:
        target = f"≤ {figure.at_most:g}"
    value = "not measured" if figure.value is None else f"{_number(figure.value)} {figure.unit}"
    return mark, figure.name, value.strip(), spread, target


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"

"""The named phases that a ticket is worked through."""

from enum import StrEnum


class Phase(StrEnum):
    EXPLORE = "EXPLORE"
    PLAN = "PLAN"
    CODE = "CODE"
    TEST = "TEST"
    FIX = "FIX"
    DOCUMENT = "DOCUMENT"

    @property
    def place(self) -> int:
        """In the order in which phases are worked, from 0."""
        return list(Phase).index(self)


class PhaseStatus(StrEnum):
    """Of a phase in a round."""

    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    SKIPPED = "SKIPPED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class Shortfall(StrEnum):
    """Why what a phase came to does not count: tests were red, or a gate did not let it pass."""

    RED = "RED"
    SENT_BACK = "SENT_BACK"
    REJECTED = "REJECTED"


# What the work comes to is changed in these.
CHANGING = (Phase.CODE, Phase.FIX)

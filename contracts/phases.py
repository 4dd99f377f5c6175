"""The named phases that a ticket is worked through."""

from enum import StrEnum


class Phase(StrEnum):
    EXPLORE = "EXPLORE"
    PLAN = "PLAN"
    CODE = "CODE"
    TEST = "TEST"
    FIX = "FIX"
    DOCUMENT = "DOCUMENT"


# What the work comes to is changed in these.
CHANGING = (Phase.CODE, Phase.FIX)

"""How much is measured."""

from pydantic import BaseModel


class Plan(BaseModel, frozen=True):
    turns: int = 5
    at_once: int = 50
    warm_up: int = 10
    singles: int = 6
    waiting: int = 500
    approvals: int = 40
    killed: int = 20
    deliveries: int = 3_000
    alone: int = 100
    burst: int = 1_000


QUICK = Plan(
    turns=2,
    at_once=15,
    warm_up=5,
    singles=2,
    waiting=40,
    approvals=10,
    killed=8,
    deliveries=1_500,
    alone=50,
    burst=300,
)

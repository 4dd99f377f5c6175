"""How often people may try to decide."""

from contracts.approvals import Decision, DecisionKind
from policy.decision_tries import Tries


def said(by: str, *, signed: bool = False) -> Decision:
    signature = "0" * 64 if signed else None
    return Decision(decision=DecisionKind.APPROVE, by=by, signature=signature)


def test_each_has_so_many_however_the_name_is_spelt() -> None:
    tries = Tries(10, 2, [said("max@x.test"), said("Max@X.test")])
    assert tries.used_up(said("MAX@x.test"))
    assert not tries.used_up(said("mia@x.test"))


def test_all_together_have_so_many() -> None:
    tries = Tries(3, 2)
    for number in range(3):
        assert not tries.used_up(said("mia@x.test"))
        tries.count(said(f"m{number}@x.test"))
    assert tries.used_up(said("mia@x.test"))


def test_what_is_unsigned_takes_nothing_from_what_is_signed() -> None:
    unsigned = [said("max@x.test"), *(said(f"m{number}@x.test") for number in range(9))]
    tries = Tries(10, 1, unsigned)
    assert tries.used_up(said("mia@x.test"))
    for by in ("max@x.test", "mia@x.test"):
        assert not tries.used_up(said(by, signed=True))
        tries.count(said(by, signed=True))
        assert tries.used_up(said(by, signed=True))

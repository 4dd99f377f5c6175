"""What the first activities of a run answer, also as older workers did."""

from contracts.opening import BranchTip


def test_a_tip_that_is_only_a_commit_is_read_still() -> None:
    assert BranchTip.model_validate_json('"c0de"') == BranchTip(commit="c0de")
    told = BranchTip(commit="c0de", authors=("ann@x.test",))
    assert BranchTip.model_validate_json(told.model_dump_json()) == told

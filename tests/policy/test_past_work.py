"""What earlier tickets tell, in sentences."""

import pytest

from contracts.agents import SimilarTicket
from policy.past_work import told


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"success": True}, "KEY-1 was like it and succeeded."),
        ({"success": False, "rework": 2}, "did not succeed after 2 rounds of repair."),
        ({"success": False, "cancelled": ""}, "KEY-1 was like it and was cancelled."),
        (
            {"success": False, "cancelled": "no need\nany more.", "rework": 1},
            "was cancelled after 1 round of repair: no need any more.",
        ),
    ],
)
def test_how_a_ticket_ended_is_said(said: dict[str, object], sentence: str) -> None:
    past = SimilarTicket.model_validate({"issue_key": "KEY-1", **said})
    assert told(past).endswith(sentence)


def test_a_long_reason_leaves_room_for_where_the_changes_were() -> None:
    past = SimilarTicket(
        issue_key="KEY-1", success=False, cancelled="no " * 1_000, paths=("src/shop",)
    )
    assert told(past).endswith("Its changes were under `src/shop`.")

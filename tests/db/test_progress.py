"""Long jobs tell how far they have come."""

from datetime import timedelta

from db.progress import followed


def test_word_comes_now_and_then_and_every_one_has_its_turn() -> None:
    told: list[str] = []
    assert list(followed("abc", "folded", told.append, timedelta(0))) == ["a", "b", "c"]
    assert told == ["folded: 1 of 3 orchestrations", "folded: 2 of 3 orchestrations"]


def test_what_is_done_at_once_needs_no_word() -> None:
    told: list[str] = []
    assert list(followed("abc", "folded", told.append)) == ["a", "b", "c"]
    assert told == []

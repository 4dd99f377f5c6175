"""Guidance waits in the run itself, which has no room for all that can be said."""

from contracts.playbooks import CommandAgent
from workflows.progress import LEFT_OUT, MOST_GUIDANCE, Progress

LONG = "x" * 10_000


def handed_out(progress: Progress) -> tuple[str, ...]:
    agent = CommandAgent(kind="command", name="coder", command=("true",))
    return progress.hand_out((agent,))


def test_what_is_said_in_moderation_is_handed_out_whole_and_once() -> None:
    progress = Progress()
    for text in ("first", "second"):
        progress.take_guidance(text)
    assert handed_out(progress) == ("first", "second")
    assert handed_out(progress) == ()


def test_of_too_much_the_latest_is_handed_out_and_that_more_was_said() -> None:
    progress = Progress()
    for number in range(300):
        progress.take_guidance(f"{number} {LONG}")
    first, *rest, last = handed_out(progress)
    assert first == LEFT_OUT
    assert last.startswith("299 ")
    assert len(rest) > 10
    assert sum(map(len, (first, *rest, last))) <= MOST_GUIDANCE

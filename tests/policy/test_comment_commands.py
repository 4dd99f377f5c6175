"""Commands in comments, and comments that are for people."""

import pytest

from policy.comment_commands import Spoken, Word, spoken_in

CODE = "0123abcd"


@pytest.mark.parametrize(
    ("comment", "spoken"),
    [
        ("/jira-work", Spoken(Word.START)),
        ("/jira-work\r\nthank you", Spoken(Word.START, "thank you")),
        ("/approve", Spoken(Word.APPROVE)),
        ("   /Approve", Spoken(Word.APPROVE)),
        (f"/approve {CODE}", Spoken(Word.APPROVE, "", CODE)),
        (f"/approve {CODE} looks right", Spoken(Word.APPROVE, "looks right", CODE)),
        ("/approve looks right", Spoken(Word.APPROVE, "looks right")),
        ("/reject too risky", Spoken(Word.REJECT, "too risky")),
        (f"/reject {CODE}ef\ntoo risky", Spoken(Word.REJECT, "too risky", f"{CODE}ef")),
        ("/request-changes keep the API", Spoken(Word.REQUEST_CHANGES, "keep the API")),
        ("/guide one\ntwo", Spoken(Word.GUIDE, "one\ntwo")),
        (f"/guide {CODE} is a hash", Spoken(Word.GUIDE, f"{CODE} is a hash")),
        ("/answer 42", Spoken(Word.ANSWER, "42")),
    ],
)
def test_a_command_is_heard(comment: str, spoken: Spoken) -> None:
    assert spoken_in(comment) == spoken


@pytest.mark.parametrize(
    "comment",
    [
        "",
        "looks right\n/approve",
        "> /approve",
        "    /approve",
        "`/approve`",
        "please /approve",
        "/approved",
        "/approve-all",
        "/\u200bapprove",
        "/approve\u200b",
        "/appro\u0475e",
        "/unknown",
        "/" + "a" * 10_000,
    ],
)
def test_a_comment_for_people_is_left_to_them(comment: str) -> None:
    assert spoken_in(comment) is None

"""Text that people hand over on the command line."""

from cli.options import comment


def test_what_looks_like_a_secret_is_not_handed_on() -> None:
    assert comment(f"use ghp_{'a1B2' * 9} for it", "text") == "use [redacted: GitHub token] for it"

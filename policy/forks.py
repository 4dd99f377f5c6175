"""Branches of other repositories: whoever may read one may fork it, and call a branch anything."""

from policy.payloads import Payload

GONE, MARK = "?", ":"


def called_at(home: str, whose: str | None, branch: str) -> str:
    """A branch as one speaks of it in the repository `home`: by its name alone where it is one of
    its own, or nobody says `whose` it is; else with the owner before it, as git hosts write it. No
    branch's own name has a colon."""
    if whose in (None, home):
        return branch
    return f"{whose.rpartition('/')[0] or whose or GONE}{MARK}{branch}"


def is_foreign(branch: str | None) -> bool:
    """Of a branch as `called_at` calls it."""
    return MARK in (branch or "")


def whose_at(side: Payload, member: str) -> str | None:
    """Of one side of a pull request, the name of its repository: empty for one that was deleted
    since, None where nothing is said."""
    if not isinstance(side.value, dict) or member not in side.value:
        return None
    return side.line(member, "full_name")

"""The names of the branches that work is done on."""


def branch_of(issue_key: str, attempt: int) -> str:
    """The first attempt has the ticket's name, later ones a number behind it."""
    return f"slipway/{issue_key}" if attempt == 1 else f"slipway/{issue_key}-{attempt}"


def branch_after_reset(branch: str, resets: int) -> str:
    """A reset run goes on at an older commit: on a branch of its own, since none is ever
    pushed over."""
    return f"{branch}.{resets}"

"""An account elsewhere as somebody types it, and what it will count for."""

from urllib.parse import quote

from cli.exits import WrongUseError
from cli.terminal import plain
from contracts.commands import Account, IdentityProvider
from contracts.people import account_of
from policy.account_ids import BITBUCKET_ID, SLACK_ACCOUNT


def account(value: str) -> Account:
    """Raises WrongUseError."""
    found = account_of(value.strip())
    if found is None or len(value) > 300 or not value.isprintable():
        raise WrongUseError(
            f"{plain(value, 80)!r} is no account: say jira:ID, github:NUMBER, gitlab:NUMBER, "
            "bitbucket:ID, slack:WORKSPACE:USER or email:ADDRESS."
        )
    if found.provider == "slack" and SLACK_ACCOUNT.fullmatch(found.external_id) is None:
        raise WrongUseError(
            "A Slack user counts in one workspace only: say slack:T0123:U0456, both ids from Slack."
        )
    return found


def remark(linked: Account) -> str | None:
    """Of an account by its name: what that counts for. Webhooks know accounts by what cannot
    change hands, commits by the address that hides their author's (policy/commit_authors.py)."""
    name = linked.external_id
    if linked.provider is IdentityProvider.GITHUB and not name.isdecimal():
        place = f"https://api.github.com/users/{quote(name)}"
        return _by_number(linked, f"{name}@users.noreply.github.com", place)
    if linked.provider is IdentityProvider.GITLAB and not name.isdecimal():
        place = f"https://gitlab.com/api/v4/users?username={quote(name)}"
        return _by_number(linked, f"NUMBER-{name}@users.noreply.gitlab.com", place)
    if linked.provider is IdentityProvider.BITBUCKET and BITBUCKET_ID.fullmatch(name) is None:
        return (
            f"{linked} looks like a name, and by a name Bitbucket's accounts are not recognised. "
            "Link the account_id (Cloud: api.bitbucket.org/2.0/workspaces/WORKSPACE/members) or "
            "the number (Data Center: /rest/api/latest/users/NAME)."
        )
    return None


def _by_number(linked: Account, address: str, place: str) -> str:
    return (
        f"{linked} is a name: it counts for commits by {address}, and for nothing else. Reviews "
        f"and comments are recognised by the account's number: it is the id at {place}. "
        f"Link {linked.provider}:NUMBER, too."
    )

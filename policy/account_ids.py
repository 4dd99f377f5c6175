"""By which ids providers' webhooks know an account: what cannot change hands, never a name."""

import re

NUMBER = re.compile(r"\d{1,20}")
SLACK_ACCOUNT = re.compile(r"[TE][A-Z0-9]{1,30}:[UW][A-Z0-9]{1,30}")
# Cloud has `557058:…` and 24 hexadecimal digits as account_id, and a uuid in braces.
BITBUCKET_ID = re.compile(r"\d+(:[0-9a-f-]+)?|[0-9a-f]{24}|\{[0-9a-f-]{36}\}")
# By contracts.commands.IdentityProvider, which every command would have to load for this. No
# webhook names an account by its mail address.
IDS = {
    "github": NUMBER,
    "gitlab": NUMBER,
    "bitbucket": BITBUCKET_ID,
    "slack": SLACK_ACCOUNT,
    "jira": re.compile(r"[\x21-\x7e]{1,255}"),
}


def is_heard(account: str) -> bool:
    """Whether a webhook could ever name an account so (`github:12345`)."""
    provider, _, id = account.partition(":")
    return provider in IDS and IDS[provider].fullmatch(id) is not None

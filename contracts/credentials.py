"""What lets Slipway into a repository, and whom git's client asks for it."""

from typing import Annotated, Protocol

from pydantic import AfterValidator, BaseModel, Field, SecretStr

MAX_SECRET = 4_000


def _one_line(value: str) -> str:
    # Git and its askpass program talk in lines.
    if not value.isprintable():
        raise ValueError("must be one line of visible characters")
    return value


def _fit(secret: SecretStr) -> SecretStr:
    value = secret.get_secret_value()
    if not value or len(value.encode(errors="replace")) > MAX_SECRET:
        raise ValueError(f"must have between 1 and {MAX_SECRET:,} bytes")
    _one_line(value)
    return secret


class GitCredential(BaseModel, frozen=True):
    """For https repositories. Hosts that only look at the token still want some user name:
    `x-token-auth` for Bitbucket's access tokens, `oauth2` for GitLab, anything for GitHub.

    A dump shows stars; whoever stores it unwraps the secret on purpose.
    """

    username: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_one_line)]
    secret: Annotated[SecretStr, AfterValidator(_fit)]


class Credentials(Protocol):
    """Asked before each contact with a repository, so that a new token counts at once."""

    async def of(self, repo_url: str) -> GitCredential | None: ...

"""Whether a host refused us, which trying again does not change, or only did not answer."""

import re

from clients.git.errors import AccessDeniedError, GitFailedError, NotARepositoryError
from contracts.credentials import GitCredential

# Git ends with 128 whatever a host answered, and has no other channel for it than these lines.
# LC_ALL=C keeps them as they are, and what the host itself says stands behind `remote:`.
ASKED = re.compile(r"^fatal: could not read (?:Username|Password) for 'https://", re.M)
REJECTED = re.compile(r"^fatal: Authentication failed for 'https://", re.M)
FORBIDDEN = re.compile(r"^fatal: unable to access 'https://.*: 403$", re.M)
NOT_FOUND = re.compile(r"^fatal: repository 'https://.*' not found$", re.M)
HOW = "Store a valid one with: starter.py project credential KEY"


def denial(
    url: str, error: GitFailedError, credential: GitCredential | None
) -> AccessDeniedError | NotARepositoryError | None:
    """None when the failure is of another kind."""
    said = f"Git said: {error.said}"
    if ASKED.search(error.said) and credential is None:
        return AccessDeniedError(f"{url} wants a credential, and none is stored. {HOW}. {said}")
    if REJECTED.search(error.said):
        return AccessDeniedError(f"{url} does not accept the stored credential. {HOW}. {said}")
    if FORBIDDEN.search(error.said):
        allowed = "the stored credential does not allow this" if credential else "access is denied"
        return AccessDeniedError(
            f"{url}: {allowed}. It must be allowed to read and to write. {HOW}. {said}"
        )
    if NOT_FOUND.search(error.said):
        return NotARepositoryError(
            f"There is no repository at {url}, or what is stored may not see it. Check the "
            f"address. If it is right: {HOW[0].lower()}{HOW[1:]}. {said}"
        )
    return None

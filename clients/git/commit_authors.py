"""Whose commits came upon a branch, read from a mirror."""

from datetime import timedelta

from clients.git.errors import EmptyRepositoryError, UnknownCommitError
from clients.git.mirrors import Mirror
from errors import RetryLaterError
from policy.commit_authors import addresses_in

MOMENT = timedelta(seconds=1)
MOST_COMMITS, MAX_LOG = 10_000, 2**22
# As they stand there: %aE would let a .mailmap in the repository make somebody else of them.
FORMAT = "--format=%ae%n%ce"


async def authors(mirror: Mirror, base: str, tip: str, branch: str) -> tuple[str, ...]:
    """E-mail addresses of the commits that `tip` has and `base` has not, the newest first. What
    is on the default branch as well is no work of this one: somebody merged it. Raises
    RetryLaterError for a tip that is gone: the branch has moved meanwhile."""
    if not await _is_here(mirror, tip):
        raise RetryLaterError(f"{branch} moved while it was looked at", MOMENT)
    known = [commit for commit in (base, await _default(mirror, branch)) if commit]
    left_out = [f"^{commit}" for commit in known if await _is_here(mirror, commit)]
    arguments = ("log", f"--max-count={MOST_COMMITS}", "--no-show-signature", FORMAT)
    printed, _ = await mirror.git.head(MAX_LOG, *arguments, tip, *left_out, "--")
    return addresses_in(printed)


async def _default(mirror: Mirror, branch: str) -> str | None:
    """None where a working copy has checked out this very branch, or no branch."""
    try:
        tip = await mirror.remote.tip()
    except EmptyRepositoryError:
        return None
    return tip.commit if tip.branch not in (None, branch) else None


async def _is_here(mirror: Mirror, commit: str) -> bool:
    """A branch may have been put somewhere else, by force, and its base be gone."""
    try:
        await mirror.bring(commit)
    except UnknownCommitError:
        return False
    return True

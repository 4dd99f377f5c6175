"""What can go wrong with a repository. Who may try again: errors.py.

PermanentError
  UnsafeRepositoryUrlError    policy/repositories.py: this address is never used
  NotARepositoryError         nothing there that git can read
  AccessDeniedError           the host wants a credential, or refuses the one it was given
  EmptyRepositoryError        a repository without a commit to start from
  PartialCloneError           it lacks files that only the repository it was cloned from has
  UnknownCommitError          this commit is neither here nor in the repository
  ForeignCommitsError         the branch is not where Slipway left it: a person answers
  PushRefusedError            the repository said no (a hook, a protected branch, no permission)
  FileTooLargeError           a file of a commit is above what its reader takes
  UncommittableFilesError     an agent left what must not become a commit
    NestedRepositoryError     ... a repository inside the repository
RetryLaterError
  RepositoryUnreachableError  no answer from the repository's host
  InUseError                  somebody else is at it for the moment
    BranchInUseError          ... a working copy, which has the branch checked out
    BranchLockedError         ... another git, which writes the branch, or died over it
    CheckoutInUseError        ... another attempt on this host, in this checkout
GitFailedError                anything else git stumbled over; not classified, so tried again
  GitTimedOutError            git was stopped because it took too long
UncommittedWorkError          such errors went on for so long that an agent's work is lost
"""

from datetime import timedelta

from errors import PermanentError, RetryLaterError


class NotARepositoryError(PermanentError):
    """Nothing at this address that git can read."""


class AccessDeniedError(PermanentError):
    """The host wants a credential that is not stored, or refuses the one that is."""


class EmptyRepositoryError(PermanentError):
    """A repository whose default branch has no commit."""


class PartialCloneError(PermanentError):
    """A clone without all the files of its history, which gives none that it would have to get."""


class UnknownCommitError(PermanentError):
    """Neither this host nor the repository has the commit.

    The work of an agent is lost like this when its host dies before the push: let it work again.
    """


class ForeignCommitsError(PermanentError):
    """The branch holds commits that Slipway did not put there, or lost its own."""


class PushRefusedError(PermanentError):
    """The repository itself refused the push."""


class FileTooLargeError(PermanentError):
    """A file of a commit holds more than its reader takes."""


class UncommittableFilesError(PermanentError):
    """What an agent left in its checkout can't or mustn't become a commit."""


class NestedRepositoryError(UncommittableFilesError):
    """An agent left a repository inside the repository."""


class RepositoryUnreachableError(RetryLaterError):
    """The repository's host gave no usable answer."""

    def __init__(self, message: str) -> None:
        super().__init__(message, timedelta(seconds=20))


class InUseError(RetryLaterError):
    """Somebody else is at it for the moment."""

    def __init__(self, message: str) -> None:
        super().__init__(message, timedelta(seconds=5))


class BranchInUseError(InUseError):
    """The branch is checked out in a working copy, which a push would put out of step: whoever
    looks at the work so far will switch back."""


class BranchLockedError(InUseError):
    """There is a lock file of the branch in the repository: another git's, or a dead one's."""


class CheckoutInUseError(InUseError):
    """A living process of this host, perhaps this one, still works in the checkout."""


class GitFailedError(Exception):
    """Git ended with `status`: what it said to people, and what it printed for programs."""

    def __init__(self, message: str, status: int, said: str = "", printed: bytes = b"") -> None:
        super().__init__(message)
        self.status = status
        self.said = said
        self.printed = printed


class GitTimedOutError(GitFailedError):
    """Git and all its children were killed because they took too long."""


class UncommittedWorkError(Exception):
    """The disk or git did not let an agent's work become a commit in time."""

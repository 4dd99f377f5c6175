"""Failures that say of themselves whether trying again can help. They know no Temporal.

PermanentError            a person must change something first
  AbsentError             what was asked for is not there
    UnknownIssueError     no such ticket
    UnknownProjectError   no such project
    UnknownPlaybookError  no such playbook
  MisuseError             what was given can't mean anything
    MissingAddressError   a server's address is missing where nothing may be started
    InvalidPlaybookError  a playbook that cannot be worked with; says file and line
  DownError               a server of our own did not come up
  RefusedAgentError       an agent that the repository does not let in
  AlreadyCompletedError   the ticket is done, and nobody asked for it again
  NoTeamError             a gate asks the team, and no team fits the ticket
  NothingToResumeError    no checkpoint to go on from
  NothingToWorkError      every phase is skipped
  LedgerConflictError     the same event number with another content
  BrokenChainError        an event that does not follow its predecessor
  SchemaBehindError       the database lacks migrations that this code needs
  OwnFaultError           a fault of this code, where trying again would cost money
  MissingKeyError         a key is missing without which a process would be of no use
RetryLaterError           trying again will help, after `delay`
  ProviderAwayError       a language model's provider is away, or too busy
"""

from datetime import timedelta


class PermanentError(Exception):
    """Trying again cannot help: a person must change something first."""


class AbsentError(PermanentError):
    """What was asked for is not there."""


class MisuseError(PermanentError):
    """What was given can't mean anything, whatever the servers hold."""


class DownError(PermanentError):
    """A server that we start ourselves did not come up."""


class RetryLaterError(Exception):
    """Trying again will help, but not before `delay` has passed."""

    def __init__(self, message: str, delay: timedelta) -> None:
        super().__init__(message)
        self.delay = delay


class UnknownIssueError(AbsentError):
    """No such ticket in this organization's tracker."""


class UnknownProjectError(AbsentError):
    """No such project in this organization."""


class UnknownPlaybookError(AbsentError):
    """No playbook of this name."""


class InvalidPlaybookError(MisuseError):
    """A playbook nobody could work by; the message names file and line."""


class RefusedAgentError(PermanentError):
    """An agent of the playbook that the repository's own settings do not allow."""


class AlreadyCompletedError(PermanentError):
    """The ticket is done, and nobody asked to work it again."""


class NoTeamError(PermanentError):
    """A gate asks the team that works on the ticket, and no team fits."""


class NothingToResumeError(PermanentError):
    """No checkpoint that a later attempt could go on from."""


class NothingToWorkError(PermanentError):
    """Every phase is skipped."""


class LedgerConflictError(PermanentError):
    """An event that the ledger already holds under this number, with another hash."""


class BrokenChainError(PermanentError):
    """An event whose predecessor the ledger does not hold."""


class SchemaBehindError(PermanentError):
    """The database lacks migrations that this code needs."""


class OwnFaultError(PermanentError):
    """A fault of this code, behind something that cost money and would cost it again."""


class MissingAddressError(MisuseError):
    """A server's address is missing where nothing may be started."""


class MissingKeyError(PermanentError):
    """A key is missing without which a process would run and be of no use."""


class ProviderAwayError(RetryLaterError):
    """A language model's provider did not answer, or not in time, or is too busy; `delay` is its
    wish, where it `wished` for one, else ours."""

    def __init__(self, message: str, delay: timedelta, *, wished: bool = False) -> None:
        super().__init__(message, delay)
        self.wished = wished

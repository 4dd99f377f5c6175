"""What CI says through GitHub: check runs, check suites, workflow runs, commit statuses."""

from collections.abc import Callable

from contracts.commands import CheckConclusion, GitProvider, KeepEvidence, Place, Subject
from policy.forks import called_at, whose_at
from policy.house_rules import Found, Ignored, Reading
from policy.issue_keys import keys_in
from policy.payloads import Payload, commit_of, url_of

CONCLUSIONS = {
    "success": CheckConclusion.PASSED,
    "failure": CheckConclusion.FAILED,
    "error": CheckConclusion.FAILED,
    "timed_out": CheckConclusion.FAILED,
    "startup_failure": CheckConclusion.FAILED,
    "action_required": CheckConclusion.FAILED,
    "cancelled": CheckConclusion.CANCELLED,
    "neutral": CheckConclusion.NEUTRAL,
    "skipped": CheckConclusion.NEUTRAL,
    "stale": CheckConclusion.NEUTRAL,
}


def _from_check_run(reading: Reading) -> Found:
    run = reading.payload.at("check_run")
    return _concluded(reading, run, run.line("check_suite", "head_branch"), run.line("name"))


def _from_check_suite(reading: Reading) -> Found:
    suite = reading.payload.at("check_suite")
    return _concluded(reading, suite, suite.line("head_branch"), suite.line("app", "name"))


def _from_workflow_run(reading: Reading) -> Found:
    run = reading.payload.at("workflow_run")
    # A workflow without a name of its own is known by its file.
    name = run.line("name") or run.line("path") or "workflow"
    branch, home = run.line("head_branch"), reading.payload.line("repository", "full_name")
    # A fork's pull request may bring a workflow of its own, which says what it likes.
    return _concluded(reading, run, called_at(home, whose_at(run, "head_repository"), branch), name)


def _concluded(reading: Reading, run: Payload, branch: str, check: str) -> Found:
    if reading.payload.line("action") != "completed":
        return Ignored("it has no result yet")
    said, commit = run.line("conclusion"), commit_of(run.at("head_sha"))
    # Older than a check's end is the suite's last change, which has no end of its own.
    at = reading.version(run.moment("completed_at"), run.moment("updated_at"))
    place = _place(reading, branch, commit, url_of(run.at("html_url")))
    if said not in CONCLUSIONS or place is None or not check:
        return Ignored("a check without repository, name or conclusion")
    about = Subject(keys=keys_in(branch), place=place)
    return [KeepEvidence(about=about, at=at, check=check, conclusion=CONCLUSIONS[said])]


def _from_status(reading: Reading) -> Found:
    payload = reading.payload
    said, check = payload.line("state"), payload.line("context")
    if said not in CONCLUSIONS:
        return Ignored("it has no result yet")
    branches = [one.line("name") for one in payload.each("branches")]
    branch = next((name for name in branches if keys_in(name)), "")
    place = _place(reading, branch, commit_of(payload.at("sha")), url_of(payload.at("target_url")))
    if place is None or not check:
        return Ignored("a status without repository or name")
    at = reading.version(payload.moment("updated_at"))
    about = Subject(keys=keys_in(branch), place=place)
    return [KeepEvidence(about=about, at=at, check=check, conclusion=CONCLUSIONS[said])]


def _place(reading: Reading, branch: str, commit: str | None, url: str | None) -> Place | None:
    repository = reading.payload.line("repository", "full_name")
    if not repository:
        return None
    return Place(
        provider=GitProvider.GITHUB,
        repository=repository,
        branch=branch or None,
        commit=commit,
        url=url,
    )


CHECKS: dict[str, Callable[[Reading], Found]] = {
    "check_run": _from_check_run,
    "check_suite": _from_check_suite,
    "workflow_run": _from_workflow_run,
    "status": _from_status,
}

"""What was done for a ticket, by whom, with which evidence, and a line for the changelog."""

from collections.abc import Iterator
from itertools import count

from contracts.agents import Brief, PlanStep, Report
from contracts.text import clipped
from policy.fragments import Custom, custom_of, is_fragment, path_of, text_of
from policy.phases import said_of
from policy.relevance import RepositoryFacts

MOST_FILES, MOST_STEPS, MOST_WORKERS = 10, 7, 6
LONGEST = 400
NOT_KNOWN = (
    "Not known: whether the criteria hold. Said is what was planned, changed and run; people and "
    "tests decide. Who approved it stands in the ledger."
)


def document_report(brief: Brief, facts: RepositoryFacts) -> tuple[Report, dict[str, str]]:
    """The report, and files to write: their paths in the repository and their texts. There is one
    at most, where the repository keeps changelog fragments and has none of this ticket yet."""
    custom = custom_of(file.path for file in facts.files)
    there = [file.path for file in facts.numstat if is_fragment(file.path)]
    files: dict[str, str] = {}
    if custom and facts.numstat and not there:
        files = {_free(brief, custom, facts): text_of(brief.ticket)}
    changed = len(facts.numstat)
    summary = f"{brief.ticket.key}: {changed} file{'' if changed == 1 else 's'} changed"
    if files:
        summary = f"Note {brief.ticket.key} in {next(iter(files))}; {changed} files changed"
    tests = f"tests {said_of(brief.last_tests)}" if brief.last_tests else "no tests were run"
    findings = (
        *_done(facts),
        *_workers(brief),
        *_evidence(brief, facts),
        *_fragment(brief, files, there, changed),
        NOT_KNOWN,
    )
    report = Report(
        status="completed",
        summary=f"{summary}; {tests}.",
        findings=findings,
        files_changed=tuple(files),
    )
    return report, files


def _free(brief: Brief, custom: Custom, facts: RepositoryFacts) -> str:
    """Never the path of a file that somebody else wrote."""
    taken = {file.path for file in facts.files}
    paths = (path_of(brief.ticket, custom, number) for number in count())
    return next(path for path in paths if path not in taken)


def _done(facts: RepositoryFacts) -> Iterator[str]:
    if not facts.numstat:
        yield "Done: no file was changed."
        return
    files = [
        f"`{file.path}` (binary)"
        if file.added is None
        else f"`{file.path}` (+{file.added} −{file.deleted or 0})"  # noqa: RUF001 - a minus
        for file in facts.numstat[:MOST_FILES]
    ]
    rest = len(facts.numstat) - MOST_FILES
    more = f" and {rest} more" if rest > 0 else ""
    yield f"Done: {clipped(', '.join(files), LONGEST)}{more}."


def _workers(brief: Brief) -> Iterator[str]:
    """The newest come last, and are kept when there are too many."""
    for summary in brief.earlier[-MOST_WORKERS:]:
        said = clipped(" ".join(summary.summary.split()), 200)
        yield clipped(f"By {summary.agent} in {summary.phase}, round {summary.round}: {said}", 400)
    for answered in brief.answers[-2:]:
        said = clipped(" ".join(answered.answer.split()), 200)
        yield f"By {answered.answered_by}, who was asked: {said}"


def _evidence(brief: Brief, facts: RepositoryFacts) -> Iterator[str]:
    tests = brief.last_tests
    if tests is None:
        yield "Evidence: none by tests. No phase ran them."
    else:
        command = f"`{clipped(' '.join(tests.command), 200)}`: " if tests.command else ""
        covered = (
            f"; {tests.coverage:f} % of the code covered" if tests.coverage is not None else ""
        )
        yield f"Evidence: {command}{said_of(tests)}{covered}."
    changed = {file.path for file in facts.numstat}
    steps = [step for summary in brief.earlier for step in summary.plan]
    yield from (_step(step, changed) for step in steps[:MOST_STEPS])
    if len(steps) > MOST_STEPS:
        yield f"… and {len(steps) - MOST_STEPS} more steps of the plan."


def _step(step: PlanStep, changed: set[str]) -> str:
    touched = [f"`{path}`" for path in step.files if path in changed]
    where = f"changed {', '.join(touched)}" if touched else "none of its planned files was changed"
    return clipped(f"Criterion “{clipped(step.criterion or step.does, 200)}”: {where}", LONGEST)


def _fragment(brief: Brief, files: dict[str, str], there: list[str], changed: int) -> Iterator[str]:
    for path, text in files.items():
        yield f"Changelog fragment, written to `{path}`: {text.strip()}"
    if there:
        yield f"A changelog fragment is there already: `{there[0]}`."
    elif changed and not files:
        line = text_of(brief.ticket).strip()
        yield f"Changelog fragment (this repository keeps no folder of them): {line}"

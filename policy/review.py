"""A change seen by rules: how much it is, what it should not hold, what nobody planned."""

from collections import Counter
from collections.abc import Iterable, Iterator

from contracts.agents import Brief, Report
from contracts.text import clipped
from policy.diffs import ChangedLine, changed_lines
from policy.fragments import is_fragment
from policy.languages import FileKind, kind_of
from policy.relevance import ChangedFile, RepositoryFacts
from policy.secret_patterns import SECRET_PATTERNS

MOST_SECRETS, MOST_NAMES = 8, 8
LARGE = 400  # Lines changed, beyond which reviewers are known to see less and less.
_CONFLICT = ("<<<<<<< ", ">>>>>>> ")
NOT_KNOWN = (
    "Not known: whether the change is right. Lines were counted and patterns looked for; nobody "
    "understood the code."
)


def review_report(brief: Brief, facts: RepositoryFacts) -> Report:
    """Completes whatever it finds: people and gates decide. A secret is never quoted."""
    if not facts.numstat:
        return Report(
            status="completed", summary="Nothing was changed: there is nothing to review."
        )
    lines = tuple(changed_lines(facts.diff))
    secrets = tuple(_secrets(lines))
    outside, missing = _beside_the_plan(brief, facts)
    remarks = [
        f"possible secrets in {_counted(len(secrets), 'line')}"
        if secrets
        else "no secret was recognised",
        _of_the_plan(brief, outside),
    ]
    findings = (
        *_shortened(secrets, MOST_SECRETS),
        *_planned(outside, missing),
        *_remarks(facts, lines),
        *_unseen(facts, lines),
        NOT_KNOWN,
    )
    summary = f"{_statistics(facts.numstat)}; {'; '.join(remarks)}."
    return Report(status="completed", summary=summary, findings=findings)


def _statistics(changed: tuple[ChangedFile, ...]) -> str:
    """`3 files (2 source, 1 test), 40 lines added, 5 removed`"""
    kinds = Counter(kind_of(file.path) for file in changed)
    of = ", ".join(f"{count} {kind.value.lower()}" for kind, count in sorted(kinds.items()))
    added, removed = _sums(changed)
    files, lines = _counted(len(changed), "file"), _counted(added, "line")
    return f"{files} ({of}), {lines} added, {removed:,} removed"


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def _sums(changed: tuple[ChangedFile, ...]) -> tuple[int, int]:
    return sum(file.added or 0 for file in changed), sum(file.deleted or 0 for file in changed)


def _secrets(lines: Iterable[ChangedLine]) -> Iterator[str]:
    for line in lines:
        if line.number is not None and (kinds := ", ".join(_kinds(line.text))):
            yield clipped(f"Possible secret ({kinds}) in {line.path}, line {line.number}.", 500)


def _kinds(text: str) -> Iterator[str]:
    small = text.lower()
    for pattern in SECRET_PATTERNS:
        if any(hint in small for hint in pattern.hints) and pattern.expression.search(text):
            yield pattern.kind


def _beside_the_plan(
    brief: Brief, facts: RepositoryFacts
) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
    """Changed but not planned, None without a plan; planned but not changed. Tests and changelog
    fragments may come along with any plan."""
    planned = {path for summary in brief.earlier for step in summary.plan for path in step.files}
    if not planned:
        return None, ()
    changed = [file.path for file in facts.numstat]
    outside = tuple(path for path in changed if path not in planned and not _comes_along(path))
    sources = {path for path in planned if kind_of(path) is FileKind.SOURCE}
    return outside, tuple(sorted(sources - set(changed)))


def _of_the_plan(brief: Brief, outside: tuple[str, ...] | None) -> str:
    if outside is not None:
        return f"{_counted(len(outside), 'file')} outside the plan"
    planned = any(summary.plan for summary in brief.earlier)
    return "the plan named no files" if planned else "there was no plan"


def _comes_along(path: str) -> bool:
    return kind_of(path) is FileKind.TEST or is_fragment(path)


def _planned(outside: tuple[str, ...] | None, missing: tuple[str, ...]) -> Iterator[str]:
    if outside is None:
        yield "No earlier phase planned any files: nothing can be said to be outside the plan."
    if outside:
        yield f"Outside the plan: {_named(outside)}."
    if missing:
        yield f"In the plan and not changed: {_named(missing)}."


def _remarks(facts: RepositoryFacts, lines: tuple[ChangedLine, ...]) -> Iterator[str]:
    changed = facts.numstat
    kinds = {kind_of(file.path) for file in changed}
    if FileKind.SOURCE in kinds and FileKind.TEST not in kinds:
        yield "Source was changed and no test: what shows that it works?"
    shrunk = [
        file.path
        for file in changed
        if kind_of(file.path) is FileKind.TEST and (file.deleted or 0) > (file.added or 0)
    ]
    if shrunk:
        yield f"More test lines were removed than added: {_named(shrunk)}."
    if sum(_sums(changed)) > LARGE:
        yield f"This is more than {LARGE} lines: reviewers see less in large changes."
    if binary := [file.path for file in changed if file.added is None]:
        yield f"Binary, so not looked into: {_named(binary)}."
    added = (line for line in lines if line.number is not None)
    conflicts = {line.path: None for line in added if line.text.startswith(_CONFLICT)}
    if conflicts:
        yield f"A merge conflict was left in {_named(conflicts)}."


def _unseen(facts: RepositoryFacts, lines: tuple[ChangedLine, ...]) -> Iterator[str]:
    """The diff is bounded: what was cut off was counted, not read."""
    told = sum(sum(_sums((file,))) for file in facts.numstat)
    if len(lines) < told:
        yield f"Only {len(lines):,} of {told:,} changed lines were read for secrets: it is much."


def _shortened(findings: tuple[str, ...], most: int) -> Iterator[str]:
    yield from findings[:most]
    if len(findings) > most:
        yield f"… and {len(findings) - most} more like these."


def _named(paths: Iterable[str]) -> str:
    listed = list(paths)
    more = f" and {len(listed) - MOST_NAMES} more" if len(listed) > MOST_NAMES else ""
    return clipped(", ".join(f"`{path}`" for path in listed[:MOST_NAMES]), 400) + more

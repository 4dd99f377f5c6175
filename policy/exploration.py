"""What there is to know of a repository before anybody works on a ticket in it."""

from collections import Counter
from collections.abc import Iterator, Mapping

from contracts.agents import Brief, RelevantFile, Report
from contracts.text import clipped
from policy.languages import FileKind, kind_of
from policy.relevance import RepositoryFacts, relevant_files

MOST_FILES = 10
LANGUAGES = 4
OFTEN = 5
NOT_KNOWN = (
    "Not known: whether these are the right files. They were found by words, names and history; "
    "nobody understood the code."
)


def text_about(brief: Brief) -> str:
    """All that people said of the work, the title first, long descriptions last."""
    ticket = brief.ticket
    said = (answered.answer for answered in brief.answers)
    parts = (
        ticket.title,
        ticket.acceptance_criteria,
        " ".join(ticket.labels),
        *brief.guidance,
        *said,
        ticket.description,
    )
    return "\n".join(part for part in parts if part.strip())


def explore_report(brief: Brief, facts: RepositoryFacts) -> Report:
    relevant = relevant_files(text_about(brief), facts, MOST_FILES)
    tests = (
        f"tests run by `{clipped(facts.test_command, 200)}`"
        if facts.test_command
        else "no test command found"
    )
    summary = f"{_counted(len(facts.files), 'file')}; {_languages(facts.languages)}; {tests}."
    if relevant:
        summary += f" Most relevant: {relevant[0].path}."
    return Report(
        status="completed",
        summary=summary,
        findings=tuple(_findings(facts, relevant)),
        relevant=relevant,
    )


def _languages(languages: Mapping[str, int]) -> str:
    first = [f"{name} ({count})" for name, count in list(languages.items())[:LANGUAGES]]
    rest = len(languages) - LANGUAGES
    more = f" and {rest} more" if rest > 0 else ""
    return f"{', '.join(first)}{more}" if first else "no code in a language that is known here"


def _findings(facts: RepositoryFacts, relevant: tuple[RelevantFile, ...]) -> Iterator[str]:
    yield _kinds(facts)
    if not facts.test_command:
        yield "No test command was found: name one under `test` in .slipway.yaml."
    if relevant:
        yield from _tests(relevant)
        yield NOT_KNOWN
        return
    yield "No file says any of the ticket's words, so the ticket may be about another repository."
    often = Counter(path for commit in facts.history for path in commit.files)
    first = sorted(often.items(), key=lambda item: (-item[1], item[0]))[:OFTEN]
    if first:
        named = ", ".join(f"`{clipped(path, 200)}` ({times})" for path, times in first)
        yield f"Changed most often of late: {named}."


def _kinds(facts: RepositoryFacts) -> str:
    kinds = Counter(kind_of(file.path) for file in facts.files)
    named = [f"{kinds[kind]} {kind}" for kind in FileKind if kinds[kind]]
    return f"Files by kind: {', '.join(named) or 'none'}."


def _tests(relevant: tuple[RelevantFile, ...]) -> Iterator[str]:
    tests = [file.path for file in relevant if kind_of(file.path) is FileKind.TEST]
    if tests:
        named = ", ".join(f"`{path}`" for path in tests[:OFTEN])
        yield clipped(f"Tests close to it: {named}.", 500)
    elif any(kind_of(file.path) is FileKind.SOURCE for file in relevant):
        yield "No test says the ticket's words: what it asks for may be untested so far."


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"

"""A plan out of a ticket's criteria: for each of them where, what, and how to see that it holds."""

import re
from collections.abc import Iterator

from contracts.agents import Brief, PlanStep, RelevantFile, Report
from contracts.issues import IssueType, Ticket
from contracts.text import clipped, one_line
from policy.acceptance import LONGEST, criteria_of
from policy.evidence import quoted
from policy.languages import FileKind, kind_of
from policy.past_work import told_of_past
from policy.relevance import RepositoryFacts, relevant_files

MOST_STEPS = 20  # As many as are kept of a report, see policy/reports.py.
MOST_FILES, MOST_TESTS, MOST_VALUES = 4, 2, 6
LOOKED_AT = 15
VERBS = {
    IssueType.BUG: "Mend",
    IssueType.CHORE: "Tidy up",
    IssueType.EPIC: "Do",
    IssueType.FEATURE: "Build",
    IssueType.SPIKE: "Find out",
    IssueType.STORY: "Build",
    IssueType.TASK: "Do",
    IssueType.TECH_DEBT: "Reshape",
}
NO_CRITERIA = (
    "The ticket has no acceptance criteria. The plan is one step, taken from its title: somebody "
    "should say how one sees that it is done."
)
NOT_KNOWN = (
    "Not known: whether these files are all of them. They were found by words, names and history; "
    "nobody understood the code."
)
NOT_FOLLOWED = (
    "“{}” was not followed: rules cannot follow words, and this plan was made by rules. It goes on "
    "to the agents that read prose."
)
MOST_SAID, MOST_OF_SAID = 3, 300
# A number in front of a letter is part of a name: utf8, 2nd.
_VALUE = re.compile(r"(?<![\w.,-])-?\d{1,15}(?:[.,]\d{1,15})?(?:\s?%)?(?!\w)")


def plan_report(brief: Brief, facts: RepositoryFacts) -> Report:
    ticket = brief.ticket
    wanted = criteria_of(ticket)
    explored = tuple(file for summary in brief.earlier for file in summary.relevant)
    steps = tuple(_step(ticket, text, facts, explored) for text in _grouped(wanted) or ("",))
    count = f"{len(steps)} step{'' if len(steps) == 1 else 's'}"
    source = f"{len(wanted)} acceptance criteria" if wanted else "the title alone"
    files = {path for step in steps for path in step.files}
    return Report(
        status="completed",
        summary=f"A plan of {count} out of {source}; {len(files)} files are named.",
        findings=(
            *_not_followed(brief),
            *told_of_past(brief),
            *_findings(wanted, steps, facts),
        ),
        relevant=() if explored else relevant_files(ticket.text, facts, MOST_STEPS),
        plan=steps,
    )


def _not_followed(brief: Brief) -> Iterator[str]:
    """The newest first: whoever asked for changes looks for theirs."""
    said = [one_line(text) for text in reversed(brief.guidance) if text.strip()]
    for text in said[:MOST_SAID]:
        yield NOT_FOLLOWED.format(clipped(text, MOST_OF_SAID))
    if len(said) > MOST_SAID:
        yield f"Nor was what was said before: {len(said) - MOST_SAID} more."


def _grouped(wanted: tuple[str, ...]) -> tuple[str, ...]:
    """More criteria than steps: the last step has all that are left, in a few words each."""
    if len(wanted) <= MOST_STEPS:
        return wanted
    kept, rest = wanted[: MOST_STEPS - 1], wanted[MOST_STEPS - 1 :]
    share = max(3, LONGEST // len(rest) - 3)
    return (*kept, clipped("; ".join(text[:share] for text in rest), LONGEST))


def _step(
    ticket: Ticket, criterion: str, facts: RepositoryFacts, explored: tuple[RelevantFile, ...]
) -> PlanStep:
    # The first line weighs most: what tells this step from the others.
    text = f"{criterion}\n{ticket.title}" if criterion else ticket.text
    found = relevant_files(text, facts, LOOKED_AT) or explored
    places = [file for file in found if kind_of(file.path) is not FileKind.TEST][:MOST_FILES]
    tests = [file.path for file in found if kind_of(file.path) is FileKind.TEST][:MOST_TESTS]
    return PlanStep(
        does=clipped(_deed(ticket, criterion, places), LONGEST),
        criterion=criterion,
        files=(*(file.path for file in places), *tests),
        check=clipped(_check(criterion, places, tests, facts), LONGEST),
    )


def _deed(ticket: Ticket, criterion: str, places: list[RelevantFile]) -> str:
    aim = "until the criterion holds" if criterion else f"what the title says: {ticket.title}"
    verb = VERBS[ticket.type]
    if not places:
        return f"{verb} {aim}. No file shares words with it: find the place first."
    first, *others = places
    reason = f" ({first.reason})" if first.reason else ""
    also = f"; look at {quoted(file.path for file in others)} too" if others else ""
    return f"{verb} {aim}. Begin in `{first.path}`{reason}{also}."


def _check(
    criterion: str, places: list[RelevantFile], tests: list[str], facts: RepositoryFacts
) -> str:
    if places and all(kind_of(file.path) is FileKind.DOCS for file in places):
        return "Read the changed text against the criterion: no test can tell."
    where = f"In {quoted(tests)}" if tests else "In a new test file"
    parts = [f"{where}, have a test that is red without the change and green with it"]
    if " Then " in f" {criterion}":
        parts.append("it sets up each Given, does each When and looks for each Then")
    elif values := tuple(dict.fromkeys(_VALUE.findall(criterion)))[:MOST_VALUES]:
        parts.append(f"it uses the values that the criterion names: {', '.join(values)}")
    known = f"`{facts.test_command}` stays green" if facts.test_command else ""
    parts.append(known or "no test command is known here, so say how it was tried")
    return "; ".join(parts) + "."


def _findings(
    wanted: tuple[str, ...], steps: tuple[PlanStep, ...], facts: RepositoryFacts
) -> Iterator[str]:
    if not wanted:
        yield NO_CRITERIA
    if len(wanted) > MOST_STEPS:
        rest = len(wanted) - MOST_STEPS + 1
        yield f"{len(wanted)} criteria are many: the last step has {rest} of them, shortened."
    if not facts.files:
        yield "Not known: the repository's files. None were there to look at."
    lost = [str(number) for number, step in enumerate(steps, 1) if not step.files]
    if lost and facts.files:
        yield f"No file was found for step {', '.join(lost)}: the ticket's words are not in them."
    untested = [str(number) for number, step in enumerate(steps, 1) if _untested(step)]
    if untested:
        yield f"No test file was found beside step {', '.join(untested)}: a new one is needed."
    yield NOT_KNOWN


def _untested(step: PlanStep) -> bool:
    kinds = {kind_of(path) for path in step.files}
    return FileKind.SOURCE in kinds and FileKind.TEST not in kinds

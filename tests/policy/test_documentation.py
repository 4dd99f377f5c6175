"""What was done, by whom, with which evidence; and a line for the changelog."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.agents import Brief, PhaseSummary, PlanStep, QuestionAndAnswer, Report, TestReport
from contracts.issues import IssueType, Ticket
from contracts.phases import Phase
from policy.documentation import NOT_KNOWN, document_report
from policy.relevance import ChangedFile, RepositoryFacts, TrackedFile
from policy.reports import bounded

BUG = Ticket(key="DEMO-1", title="Amounts lose cents", type=IssueType.BUG)
CHANGED = (ChangedFile("shop/money.py", 2, 1), ChangedFile("logo.png", None, None))
PLAN = PhaseSummary(
    phase=Phase.PLAN,
    round=1,
    agent="planner",
    summary="A plan.",
    plan=(
        PlanStep(does="Mend", criterion="3.125 is 3.13", files=("shop/money.py", "b.py")),
        PlanStep(does="Look", files=("c.py",)),
    ),
)
CODE = PhaseSummary(phase=Phase.CODE, round=1, agent="coder", summary="Used\nDecimal.")
TESTS = TestReport(command=("pytest", "-q"), passed=12, coverage=Decimal("91.5"))


def documented(*paths: str, of: Ticket = BUG, **more: object) -> tuple[Report, dict[str, str]]:
    known: dict[str, object] = {
        "ticket": of,
        "phase": Phase.DOCUMENT,
        "round": 1,
        "attempt": 1,
        "workspace": "/work",
        "branch": "slipway/DEMO-1",
        "base_commit": "abc123",
        "earlier": (PLAN, CODE),
        "last_tests": TESTS,
    }
    changed = more.pop("changed", CHANGED)
    assert isinstance(changed, tuple)
    facts = RepositoryFacts(files=tuple(map(TrackedFile, paths)), numstat=changed)
    return document_report(Brief.model_validate(known | more), facts)


def said(report: Report, words: str) -> bool:
    return any(words in finding for finding in report.findings)


def test_it_says_what_was_done_by_whom_and_with_which_evidence() -> None:
    answer = QuestionAndAnswer(question="Half up?", answer="Yes.", answered_by="ann@example.com")
    report, _ = documented(answers=(answer,))
    assert report.summary == "DEMO-1: 2 files changed; tests 12 passed, 0 failed."
    for words in (
        *("`shop/money.py` (+2 −1), `logo.png` (binary)",),  # noqa: RUF001 - a minus
        *("By planner in PLAN, round 1: A plan.", "By coder in CODE, round 1: Used Decimal."),
        *("By ann@example.com, who was asked: Yes.",),
        *("`pytest -q`: 12 passed, 0 failed; 91.5 % of the code covered.",),
        *("Criterion “3.125 is 3.13”: changed `shop/money.py`",),
        *("Criterion “Look”: none of its planned files was changed",),
    ):
        assert said(report, words), words
    assert NOT_KNOWN in report.findings


def test_without_tests_it_says_that_there_is_no_evidence() -> None:
    report, _ = documented(last_tests=None)
    assert "no tests were run" in report.summary
    assert said(report, "Evidence: none by tests")


@pytest.mark.parametrize(
    ("kept", "path"),
    [
        ("changelog.d/.gitkeep", "changelog.d/DEMO-1.bugfix.md"),
        ("newsfragments/12.feature.rst", "newsfragments/DEMO-1.bugfix.rst"),
        ("newsfragments/12.bugfix", "newsfragments/DEMO-1.bugfix"),
        ("changelog.d/12.added.md", "changelog.d/DEMO-1.fixed.md"),
        ("changes/12.misc.rst", "changes/DEMO-1.bugfix.rst"),
        ("docs/news.d/README.md", "docs/news.d/DEMO-1.bugfix.md"),
        ("changelog.d/20260101_ann.rst", "changelog.d/DEMO-1.bugfix.rst"),
    ],
)
def test_where_fragments_are_kept_one_is_written_like_the_others(kept: str, path: str) -> None:
    report, files = documented(kept, "shop/money.py")
    assert files == {path: "Fixed: Amounts lose cents. (DEMO-1)\n"}
    assert report.files_changed == (path,)
    assert path in report.summary
    assert said(report, f"Changelog fragment, written to `{path}`: Fixed: Amounts lose cents.")


@pytest.mark.parametrize(
    "path",
    ["CHANGELOG.md", "changes/models.py", "news/index.md", "changes", "changelog.d/12.yaml"],
)
def test_elsewhere_the_fragment_stands_in_the_report_alone(path: str) -> None:
    report, files = documented(path)
    assert files == {}
    assert report.files_changed == ()
    assert said(report, "(this repository keeps no folder of them): Fixed: Amounts lose cents.")


@pytest.mark.parametrize(
    ("kind", "labels", "word"),
    [
        (IssueType.BUG, (), "bugfix"),
        (IssueType.STORY, (), "feature"),
        (IssueType.CHORE, (), "misc"),
        (IssueType.TASK, ("Docs",), "doc"),
    ],
)
def test_the_word_in_its_name_follows_from_the_ticket(
    kind: IssueType, labels: tuple[str, ...], word: str
) -> None:
    ticket = Ticket(key="DEMO-1", title="t", type=kind, labels=labels)
    _, files = documented("changelog.d/.gitkeep", of=ticket)
    assert list(files) == [f"changelog.d/DEMO-1.{word}.md"]


def test_a_fragment_that_is_there_is_neither_doubled_nor_overwritten() -> None:
    own = "changelog.d/DEMO-1.bugfix.md"
    report, files = documented(own, changed=(*CHANGED, ChangedFile(own, 1, 0)))
    assert files == {}
    assert said(report, f"A changelog fragment is there already: `{own}`.")
    _, files = documented(own)
    assert list(files) == ["changelog.d/DEMO-1.bugfix.1.md"]


def test_where_nothing_was_changed_nothing_is_written() -> None:
    report, files = documented("changelog.d/.gitkeep", changed=())
    assert files == {}
    assert said(report, "Done: no file was changed.")
    assert not said(report, "fragment")


def test_the_title_stays_text_in_the_changelog() -> None:
    hostile = Ticket(key="DEMO-1", title="<script>x</script> [a](http://b) | *c*")
    _, files = documented("changelog.d/.gitkeep", of=hostile)
    (text,) = files.values()
    assert "<script>" not in text
    assert "[a](" not in text
    assert text.count("\n") == 1


@given(st.text(max_size=300), st.lists(st.text(max_size=80), max_size=40))
def test_any_work_gets_a_report_that_is_kept_whole(title: str, paths: list[str]) -> None:
    changed = tuple(ChangedFile(path, 1, 1) for path in paths)
    earlier = (PLAN, CODE) * 10
    ticket = Ticket(key="DEMO-1", title=title)
    report, _ = documented(*paths, of=ticket, changed=changed, earlier=earlier)
    assert bounded(report).findings == report.findings

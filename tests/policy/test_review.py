"""Reviews: how much was changed, secrets in it, files that nobody planned."""

from hypothesis import given
from hypothesis import strategies as st

from contracts.agents import Brief, PhaseSummary, PlanStep, Report
from contracts.issues import Ticket
from contracts.phases import Phase
from policy.relevance import ChangedFile, RepositoryFacts
from policy.reports import bounded
from policy.review import NOT_KNOWN, review_report

SECRET = "AKIA" + "IOSFODNN7EXAMPL3"
DIFF = f"""\
 shop/money.py | 4 ++--
diff --git a/shop/money.py b/shop/money.py
index 1..2 100644
--- a/shop/money.py
+++ b/shop/money.py
@@ -10,3 +10,4 @@ def rounded():
 same
-key = "{SECRET}"
+first
+aws = "{SECRET}"
 same
diff --git a/gone.py b/gone.py
--- a/gone.py
+++ /dev/null
@@ -1 +0,0 @@
--- a/{SECRET}
"""
CHANGED = (ChangedFile("shop/money.py", 2, 1), ChangedFile("gone.py", 0, 1))


def reviewed(facts: RepositoryFacts, *planned: str, nowhere: bool = False) -> Report:
    """With a plan for these files, or for none that it names."""
    plan = (PlanStep(does="Mend", files=planned),) if planned or nowhere else ()
    summary = PhaseSummary(phase=Phase.PLAN, round=1, agent="plan", summary="s", plan=plan)
    brief = Brief(
        ticket=Ticket(key="DEMO-1", title="t"),
        phase=Phase.DOCUMENT,
        round=1,
        attempt=1,
        earlier=(summary,),
        workspace="/work",
        branch="slipway/DEMO-1",
        base_commit="abc123",
    )
    return review_report(brief, facts)


def changed(*files: ChangedFile, diff: str = "") -> RepositoryFacts:
    return RepositoryFacts(numstat=files, diff=diff)


def said(report: Report, words: str) -> bool:
    return any(words in finding for finding in report.findings)


def test_files_are_counted_by_kind_and_lines_in_all() -> None:
    files = (ChangedFile("a.py", 40, 5), ChangedFile("tests/test_a.py", 9, 0))
    summary = reviewed(changed(*files, ChangedFile("README.md", 1, 0)), "a.py").summary
    assert summary.startswith("3 files (1 docs, 1 source, 1 test), 50 lines added, 5 removed")


def test_an_added_secret_is_found_with_its_place_and_never_quoted() -> None:
    report = reviewed(changed(*CHANGED, diff=DIFF))
    assert report.findings[0] == "Possible secret (AWS key) in shop/money.py, line 12."
    assert "possible secrets in 1 line" in report.summary
    assert SECRET not in report.model_dump_json()


def test_a_secret_that_was_taken_out_is_none_of_the_change() -> None:
    without = DIFF.replace(f'+aws = "{SECRET}"', "+plain")
    report = reviewed(changed(*CHANGED, diff=without))
    assert "no secret was recognised" in report.summary
    assert not said(report, "Possible secret")


def test_a_line_that_looks_like_a_header_hides_nothing_after_it() -> None:
    diff = f"--- a/a.py\n+++ b/a.py\n@@ -0,0 +1,2 @@\n+++ b/other.py\n+{SECRET}\n"
    report = reviewed(changed(ChangedFile("a.py", 2, 0), diff=diff))
    assert report.findings[0].endswith("in a.py, line 2.")


def test_files_outside_the_plan_and_planned_ones_left_alone_are_named() -> None:
    files = (ChangedFile("a.py", 1, 0), ChangedFile("b.py", 1, 0), ChangedFile("c.py", 1, 0))
    report = reviewed(changed(*files), "a.py", "d.py", "README.md")
    assert said(report, "Outside the plan: `b.py`, `c.py`.")
    assert said(report, "In the plan and not changed: `d.py`.")
    assert "2 files outside the plan" in report.summary


def test_tests_and_changelog_fragments_come_along_with_any_plan() -> None:
    files = ("a.py", "tests/test_a.py", "changelog.d/DEMO-1.bugfix.md")
    report = reviewed(changed(*(ChangedFile(path, 1, 0) for path in files)), "a.py")
    assert "0 files outside the plan" in report.summary
    assert not said(report, "Outside the plan")


def test_without_a_plan_nothing_is_said_to_be_outside_it() -> None:
    report = reviewed(changed(ChangedFile("a.py", 1, 0)))
    assert "there was no plan" in report.summary
    assert said(report, "No earlier phase planned any files")


def test_a_plan_that_named_no_files_was_a_plan_all_the_same() -> None:
    report = reviewed(changed(ChangedFile("a.py", 1, 0)), nowhere=True)
    assert "the plan named no files" in report.summary
    assert "there was no plan" not in report.summary
    assert said(report, "No earlier phase planned any files")


def test_source_without_a_test_and_tests_that_shrink_are_remarked() -> None:
    assert said(reviewed(changed(ChangedFile("a.py", 1, 0))), "Source was changed and no test")
    both = reviewed(changed(ChangedFile("a.py", 1, 0), ChangedFile("tests/test_a.py", 1, 5)))
    assert not said(both, "Source was changed and no test")
    assert said(both, "More test lines were removed than added: `tests/test_a.py`.")


def test_conflicts_binaries_and_much_at_once_are_remarked() -> None:
    diff = "--- a/a.py\n+++ b/a.py\n@@ -0,0 +1,2 @@\n+<<<<<<< HEAD\n+x\n"
    report = reviewed(
        changed(ChangedFile("a.py", 500, 0), ChangedFile("b.bin", None, None), diff=diff)
    )
    for words in ("merge conflict was left in `a.py`", "`b.bin`", "more than 400 lines"):
        assert said(report, words)


def test_what_was_cut_off_a_diff_is_said_to_be_unread() -> None:
    assert not said(reviewed(changed(*CHANGED, diff=DIFF)), "changed lines were read")
    report = reviewed(changed(ChangedFile("shop/money.py", 20, 0), diff=DIFF))
    assert said(report, "Only 4 of 20 changed lines were read for secrets")


def test_an_unchanged_repository_needs_no_review() -> None:
    assert "nothing to review" in reviewed(RepositoryFacts()).summary


@given(st.text(max_size=400), st.integers(min_value=0, max_value=30))
def test_any_diff_gets_a_report_that_is_kept_whole(text: str, files: int) -> None:
    diff = DIFF + text + f"\n+{SECRET}" * files
    numstat = tuple(ChangedFile(f"{number}/{text[:40]}", 1, None) for number in range(files + 1))
    report = reviewed(changed(*numstat, diff=diff), "a.py")
    assert report.findings[-1] == NOT_KNOWN
    assert bounded(report).findings == report.findings
    assert SECRET not in report.model_dump_json()

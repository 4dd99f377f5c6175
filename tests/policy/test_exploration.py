"""What the builtin agent `explore` says of a repository."""

from contracts.agents import Brief, QuestionAndAnswer, Report
from contracts.issues import Ticket
from contracts.phases import Phase
from policy.exploration import NOT_KNOWN, explore_report, text_about
from policy.identifiers import counted_words, ticket_words
from policy.languages import definitions_in
from policy.past_commits import PastCommit
from policy.relevance import RepositoryFacts, TrackedFile
from policy.reports import bounded


def brief(title: str, description: str = "", **fields: object) -> Brief:
    ticket = {"key": "DEMO-1", "title": title, "description": description}
    known = {"phase": Phase.EXPLORE, "round": 1, "attempt": 1}
    place = {"workspace": "/work", "branch": "b", "base_commit": "c"}
    return Brief.model_validate({"ticket": ticket, **known, **place, **fields})


def explored(about: Brief, files: dict[str, str], **known: object) -> Report:
    wanted = frozenset(ticket_words(text_about(about)))
    tracked = tuple(
        TrackedFile(path, definitions_in(path, text), *counted_words(text, wanted))
        for path, text in files.items()
    )
    facts = RepositoryFacts(files=tracked, **known)  # type: ignore[arg-type]  # named by the test
    return explore_report(about, facts)


def test_the_report_counts_files_and_names_languages_tests_and_the_best_file() -> None:
    files = {"a.py": "def round_half(): pass\n", "tests/test_a.py": "round_half()\n"}
    languages = {"Python": 20, "Go": 4, "C": 3, "Lua": 2, "Shell": 1, "SQL": 1}
    report = explored(
        brief("`round_half` is wrong"), files, languages=languages, test_command="make test"
    )
    assert report.status == "completed"
    assert report.summary == (
        "2 files; Python (20), Go (4), C (3), Lua (2) and 2 more; tests run by `make test`. "
        "Most relevant: a.py."
    )
    assert [file.path for file in report.relevant] == ["a.py", "tests/test_a.py"]
    assert report.findings == (
        "Files by kind: 1 source, 1 test.",
        "Tests close to it: `tests/test_a.py`.",
        NOT_KNOWN,
    )


def test_what_is_missing_is_said() -> None:
    report = explored(brief("rounding"), {"a.py": "rounding = 1\n"})
    assert "no code in a language that is known here; no test command found" in report.summary
    assert any("name one under `test`" in finding for finding in report.findings)
    assert any(finding.startswith("No test says") for finding in report.findings)


def test_where_no_word_is_found_what_changes_most_is_named() -> None:
    history = (PastCommit("x", ("a.py", "b.py")), PastCommit("y", ("b.py",)))
    report = explored(brief("Something else entirely"), {"a.py": ""}, history=history)
    assert report.relevant == ()
    assert any(finding.startswith("No file says") for finding in report.findings)
    assert "Changed most often of late: `b.py` (2), `a.py` (1)." in report.findings


def test_an_empty_repository_can_be_explored() -> None:
    report = explored(brief("Begin"), {})
    assert report.summary.startswith("0 files; ")
    assert "Files by kind: none." in report.findings


def test_guidance_answers_and_labels_are_read_too() -> None:
    answer = QuestionAndAnswer(question="q", answer="in delta", answered_by="Ann")
    files = {f"{name}.py": f"{name} = 1\n" for name in ("beta", "gamma", "delta")}
    about = brief("Begin", guidance=("look at beta",), answers=(answer,))
    about = about.model_copy(
        update={"ticket": Ticket(key="DEMO-1", title="Begin", labels=("gamma",))}
    )
    assert {file.path for file in explored(about, files).relevant} == set(files)


def test_a_ticket_without_bounds_makes_a_bounded_report() -> None:
    files = {f"{'long/' * 90}{n}.py": "wide = 1\n" for n in range(30)}
    history = tuple(PastCommit("wide", tuple(files)) for _ in range(3))
    report = explored(brief("wide", "wide " * 20_000), files, history=history)
    assert len(report.relevant) == 10
    assert bounded(report) == report

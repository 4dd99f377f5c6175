"""Plans: a step for every criterion, with its files and its check."""

from hypothesis import given
from hypothesis import strategies as st

from contracts.agents import Brief, PhaseSummary, RelevantFile, Report
from contracts.issues import IssueType, Ticket
from contracts.phases import Phase
from policy.identifiers import counted_words, ticket_words
from policy.languages import definitions_in
from policy.planning import MOST_STEPS, NO_CRITERIA, NOT_KNOWN, plan_report
from policy.relevance import RepositoryFacts, TrackedFile
from policy.reports import bounded

FILES = {
    "shop/money.py": "def rounded(amount):\n    cents = amount * 100\n    return cents\n",
    "shop/login.py": "class Session:\n    def login(self, user, password):\n        return user\n",
    "tests/test_money.py": "def test_rounded_amount():\n    assert rounded(cents)\n",
    "README.md": "A shop with a cart.\n",
}
MONEY = Ticket(
    key="DEMO-1",
    title="Amounts lose cents",
    type=IssueType.BUG,
    acceptance_criteria="- A rounded amount of 3.125 is 3.13 cents\n- The README names the cart",
)
LOGIN = Ticket(
    key="DEMO-2",
    title="Stay logged in",
    type=IssueType.FEATURE,
    acceptance_criteria="Given a user\nWhen they login\nThen the session lasts",
)


def facts_for(ticket: Ticket, files: dict[str, str] = FILES) -> RepositoryFacts:
    words = ticket_words(f"{ticket.title}\n{ticket.description}\n{ticket.acceptance_criteria}")
    tracked = []
    for path, text in files.items():
        counts, length = counted_words(text, frozenset(words))
        names = definitions_in(path, text)
        tracked.append(TrackedFile(path, names, counts, length))
    return RepositoryFacts(files=tuple(tracked), test_command="pytest")


def planned(ticket: Ticket, files: dict[str, str] = FILES, **more: object) -> Report:
    known: dict[str, object] = {
        "ticket": ticket,
        "phase": Phase.PLAN,
        "round": 1,
        "attempt": 1,
        "workspace": "/work",
        "branch": "slipway/DEMO-1",
        "base_commit": "abc123",
    }
    return plan_report(Brief.model_validate(known | more), facts_for(ticket, files))


def test_every_criterion_has_a_step_with_files_and_check() -> None:
    money, cart = planned(MONEY).plan
    assert money.criterion == "A rounded amount of 3.125 is 3.13 cents"
    assert money.files[0] == "shop/money.py"
    assert "tests/test_money.py" in money.files
    assert money.does.startswith("Mend until the criterion holds. Begin in `shop/money.py` (")
    assert "In `tests/test_money.py`, have a test" in money.check
    assert "the values that the criterion names: 3.125, 3.13" in money.check
    assert "`pytest` stays green" in money.check
    assert cart.criterion == "The README names the cart"
    assert "README.md" in cart.files


def test_what_only_documents_hold_is_checked_by_reading() -> None:
    (step,) = planned(Ticket(key="D_D-1", title="t", acceptance_criteria="It names a cart")).plan
    assert step.files == ("README.md",)
    assert "Read the changed text" in step.check


def test_two_tickets_on_one_repository_get_different_files() -> None:
    first, second = planned(MONEY).plan[0], planned(LOGIN).plan[0]
    assert second.files[0] == "shop/login.py"
    assert "shop/login.py" not in first.files
    assert "shop/money.py" not in second.files


def test_steps_of_a_scenario_become_steps_of_its_check() -> None:
    (step,) = planned(LOGIN).plan
    assert "sets up each Given, does each When and looks for each Then" in step.check
    assert "In a new test file" in step.check


def test_without_criteria_there_is_one_step_from_the_title_and_a_word_about_it() -> None:
    report = planned(MONEY.model_copy(update={"acceptance_criteria": ""}))
    (step,) = report.plan
    assert "what the title says: Amounts lose cents" in step.does
    assert step.criterion == ""
    assert NO_CRITERIA in report.findings
    assert NO_CRITERIA not in planned(MONEY).findings


def test_what_no_file_is_about_is_said_to_be_unknown() -> None:
    odd = Ticket(key="D_D-1", title="Xyzzy", acceptance_criteria="Plugh")
    report = planned(odd)
    assert report.plan[0].files == ()
    assert "find the place first" in report.plan[0].does
    assert any("No file was found for step 1" in finding for finding in report.findings)
    assert any("None were there" in finding for finding in planned(MONEY, {}).findings)
    assert NOT_KNOWN in report.findings


def test_what_was_explored_helps_where_a_criterion_alone_finds_nothing() -> None:
    explored = RelevantFile(path="shop/cart.py", reason="a person said so")
    earlier = PhaseSummary(
        phase=Phase.EXPLORE, round=1, agent="explore", summary="s", relevant=(explored,)
    )
    odd = Ticket(key="D_D-1", title="Xyzzy", acceptance_criteria="Plugh")
    assert planned(odd, earlier=(earlier,)).plan[0].files == ("shop/cart.py",)


def test_files_and_reasons_are_not_told_twice() -> None:
    assert planned(MONEY).relevant
    explored = planned(MONEY).relevant
    earlier = PhaseSummary(
        phase=Phase.EXPLORE, round=1, agent="explore", summary="s", relevant=explored
    )
    assert planned(MONEY, earlier=(earlier,)).relevant == ()


def test_more_criteria_than_steps_lose_none_in_silence() -> None:
    wanted = "\n".join(f"- criterion number {number}" for number in range(30))
    report = planned(MONEY.model_copy(update={"acceptance_criteria": wanted}))
    assert len(report.plan) == MOST_STEPS
    for number in range(30):
        assert any(f"number {number}" in step.criterion for step in report.plan)
    assert any("30 criteria are many" in finding for finding in report.findings)


def test_what_somebody_said_is_quoted_as_not_followed_the_newest_first() -> None:
    said = ("mind\nthe cart", "b", "c", "split step 2 " + "x" * 900)
    findings = planned(MONEY, round=2, guidance=said).findings
    assert findings[0].startswith("“split step 2 x")
    assert "was not followed: rules cannot follow words" in findings[0]
    assert len(findings[0]) < 500
    assert findings[3] == "Nor was what was said before: 1 more."
    assert not any("not followed" in finding for finding in planned(MONEY, round=2).findings)
    assert planned(MONEY, guidance=said).plan == planned(MONEY).plan


@given(st.text(max_size=200), st.text(max_size=500))
def test_any_ticket_gets_a_plan_that_is_kept_whole(title: str, criteria: str) -> None:
    ticket = Ticket(key="DEMO-1", title=title, acceptance_criteria=criteria)
    report = planned(ticket)
    assert report.plan
    assert bounded(report) == report == planned(ticket)

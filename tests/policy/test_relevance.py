"""Which files matter for a ticket: by names, words, paths and history; and why."""

import string
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.agents import RelevantFile
from policy.identifiers import counted_words, ticket_words
from policy.languages import definitions_in
from policy.past_commits import PastCommit
from policy.relevance import RepositoryFacts, TrackedFile, relevant_files

SHOP = {
    "shop/invoices.py": "class Invoice:\n    def total(self):\n        return round_half(1)\n",
    "shop/rounding.py": "def round_half(amount):\n    return amount.quantize()\n",
    "shop/customers.py": "class Customer:\n    name = ''\n",
    "shop/mail.py": "def send_mail(to):\n    pass\n",
    "tests/test_rounding.py": "def test_round_half():\n    assert round_half(1) == 1\n",
    "docs/rounding.md": "Rounding: we round_half amounts. rounding rounding rounding\n",
    "vendor/rounding/round_half.py": "def round_half(amount): pass\n",
    "yarn.lock": "rounding round_half\n",
}


def facts(text: str, files: dict[str, str], *history: PastCommit) -> RepositoryFacts:
    wanted = frozenset(ticket_words(text))
    return RepositoryFacts(files=tuple(_file(*it, wanted) for it in files.items()), history=history)


def _file(path: str, content: str, wanted: frozenset[str]) -> TrackedFile:
    words, length = counted_words(content, wanted)
    return TrackedFile(path, definitions_in(path, content), words, length)


def found(
    text: str, files: dict[str, str] = SHOP, *history: PastCommit, most: int = 10
) -> tuple[RelevantFile, ...]:
    return relevant_files(text, facts(text, files, *history), most)


def paths(text: str, files: dict[str, str] = SHOP, *history: PastCommit) -> list[str]:
    return [file.path for file in found(text, files, *history)]


def reason_of(path: str, text: str, *history: PastCommit) -> str:
    return next(file.reason for file in found(text, SHOP, *history) if file.path == path)


def test_the_file_that_defines_what_the_ticket_names_comes_first_and_says_so() -> None:
    text = "Cents are wrong\n`round_half` takes the wrong half."
    assert paths(text)[0] == "shop/rounding.py"
    assert "defines `round_half`, named in the ticket" in reason_of("shop/rounding.py", text)


def test_tests_and_documents_stand_below_their_source_and_vendored_files_far_down() -> None:
    ranked = paths("round_half and rounding are wrong in rounding.py")
    order = ["shop/rounding.py", "tests/test_rounding.py", "docs/rounding.md"]
    assert [path for path in ranked if path in order] == order
    vendored = "vendor/rounding/round_half.py"
    assert vendored not in ranked or ranked.index(vendored) > ranked.index("docs/rounding.md")
    assert "yarn.lock" not in ranked
    assert paths("round_half", {"vendor/a.py": SHOP["shop/rounding.py"]}) == ["vendor/a.py"]


@pytest.mark.parametrize(
    "mention",
    [
        'File "/usr/lib/python3/site-packages/shop/mail.py", line 3, in send',
        "see shop/mail.py:12",
        r"C:\work\shop\mail.py",
        "shop.mail.send fails",
        "look into mail.py, please",
    ],
)
def test_a_file_that_the_ticket_names_comes_first(mention: str) -> None:
    text = f"Customers get nothing\n{mention}. The Customer has a name."
    assert paths(text)[0] == "shop/mail.py"
    assert "the ticket names this file" in reason_of("shop/mail.py", text)


def test_a_bare_name_that_many_files_have_says_less_than_its_folders() -> None:
    files = {f"{folder}/views.py": "" for folder in "abcd"}
    ranked = found("Broken\nin b/views.py", files)
    assert ranked[0].path == "b/views.py"
    assert len(ranked) == 1


def test_calling_a_library_by_its_name_points_at_no_file() -> None:
    files = {"shop/__init__.py": "", "shop/mail.py": "def send(): pass\n"}
    assert paths("It fails\nI call `shop.send()`", files) == ["shop/mail.py"]
    assert paths("It fails\n`shop.mail` is empty", files)[0] == "shop/mail.py"


def test_a_description_in_words_finds_the_class() -> None:
    files = {"ui/bars.py": "class ProgressBar: pass\n", "ui/other.py": "class Table: pass\n"}
    text = "The progress bar never ends"
    assert "defines `ProgressBar`, in the ticket's words" in found(text, files)[0].reason


def test_a_definition_that_abbreviates_what_the_ticket_describes_is_evidence() -> None:
    files = {
        "net/address.py": "def get_auth_from_url(): pass\n",
        "net/other.py": "def authors_of_urls(): pass\n",
    }
    first, *others = found("The URL loses its authentication", files)
    assert first.path == "net/address.py"
    assert "defines `get_auth_from_url`, in the ticket's words" in first.reason
    assert not any("defines" in other.reason for other in others)


def test_endings_of_words_do_not_matter() -> None:
    files = {"a.py": "rounds = 1\n", "b.py": "nothing = 1\n"}
    assert paths("Rounding goes wrong", files) == ["a.py"]


def test_commits_that_say_the_same_point_at_what_they_changed() -> None:
    history = [PastCommit(f"Mend delivery, part {n}", ("shop/mail.py",)) for n in range(3)]
    history.append(PastCommit("Rename things", ("shop/customers.py",)))
    text = "Delivery is late"
    assert paths(text) == []
    assert paths(text, SHOP, *history) == ["shop/mail.py"]
    assert reason_of("shop/mail.py", text, *history) == "changed in 3 commits about `Delivery`"


def test_what_often_changed_together_with_the_best_file_comes_along() -> None:
    history = [PastCommit(f"c{n}", ("shop/mail.py", "shop/customers.py")) for n in range(4)]
    text = "send_mail fails"
    assert paths(text) == ["shop/mail.py"]
    assert paths(text, SHOP, *history) == ["shop/mail.py", "shop/customers.py"]
    reason = "changed together with `shop/mail.py` in 4 commits"
    assert reason_of("shop/customers.py", text, *history) == reason


def test_files_that_history_knows_and_the_commit_does_not_are_never_named() -> None:
    history = [PastCommit("Delivery", ("gone.py", "shop/mail.py")) for _ in range(3)]
    assert paths("Delivery is late", SHOP, *history) == ["shop/mail.py"]


def test_the_title_weighs_more_than_the_description() -> None:
    files = {"a.py": "alpha = 1\n", "b.py": "beta = 1\n"}
    assert paths("alpha is slow\nbeta too", files) == ["a.py", "b.py"]
    assert paths("beta is slow\nalpha too", files) == ["b.py", "a.py"]


def test_equals_are_sorted_by_path_whatever_order_they_come_in() -> None:
    files = {f"m{n}.py": "gamma = 1\n" for n in range(9)}
    backwards = dict(reversed(files.items()))
    assert found("gamma", files) == found("gamma", backwards)
    assert paths("gamma", files) == sorted(files)


def test_no_more_than_asked_for_and_nothing_for_nothing() -> None:
    assert len(found("rounding round_half total", SHOP, most=2)) == 2
    assert found("rounding", SHOP, most=0) == ()
    assert found("", SHOP) == found("   \n", SHOP) == found("the and of", SHOP) == ()
    assert relevant_files("rounding", RepositoryFacts()) == ()


def test_a_path_that_a_report_could_not_hold_is_left_out() -> None:
    files = {"two  blanks/rounding.py": "", f"{'long/' * 120}rounding.py": "", "rounding.py": ""}
    assert paths("rounding", files) == ["rounding.py"]


@given(text=st.text(max_size=300), names=st.lists(st.text(min_size=1, max_size=30), max_size=6))
def test_no_text_and_no_path_is_too_strange(text: str, names: list[str]) -> None:
    files = {name: text for name in names}
    first = relevant_files(text, facts(text, files, PastCommit(text, tuple(names))))
    assert first == relevant_files(text, facts(text, files, PastCommit(text, tuple(names))))
    assert {file.path for file in first} <= set(names)


def test_ten_thousand_files_and_a_ticket_without_end_take_about_a_second() -> None:
    vocabulary = [a + b + c for a in string.ascii_lowercase for b in "aeiou" for c in "bdflmnprst"]
    files, text = [], "Broken\n" + " ".join(vocabulary * 100)
    wanted = sorted(ticket_words(text))
    for n in range(10_000):
        words = {wanted[(n * 7 + k) % len(wanted)]: k + 1 for k in range(40)}
        names = tuple(f"{vocabulary[(n + k) % 1300]}_{vocabulary[n % 1300]}" for k in range(20))
        files.append(TrackedFile(f"pkg{n % 97}/mod{n}.py", names, words, 900))
    started = time.process_time()
    assert relevant_files(text, RepositoryFacts(files=tuple(files)))
    assert time.process_time() - started < 3  # Generous: a second on a quiet machine.

"""What is gathered of a repository: files, names, words, history, and what a branch changed."""

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from clients.git.repositories import Repositories
from clients.git.repository_facts import MOST_FILES, FactsQuestion, repository_facts
from policy.past_commits import PastCommit
from policy.relevance import ChangedFile, RepositoryFacts, TrackedFile
from tests.clients.git_upstream import Upstream


class Desk:
    """A person's repository, and what is gathered of its newest commit."""

    def __init__(self, folder: Path) -> None:
        self.upstream = Upstream.init(folder / "upstream")
        self.repositories = Repositories(folder / "state", {})
        self.planted: dict[str, str] = {}
        self.beats = 0

    def write(self, name: str, content: str | bytes = "") -> None:
        file = self.upstream.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)

    def commit(self, subject: str = "Work") -> str:
        self.upstream.git("add", "--all")
        self.upstream.git("commit", "--quiet", "--allow-empty", "-m", subject)
        return self.upstream.git("rev-parse", "HEAD")

    async def facts(self, text: str = "", test: tuple[str, ...] | None = None) -> RepositoryFacts:
        return await self.facts_of(
            self.upstream.git("rev-parse", "HEAD"), FactsQuestion(text, test)
        )

    async def facts_of(
        self, commit: str, question: FactsQuestion, written_out: str | None = None
    ) -> RepositoryFacts:
        url, files = self.upstream.url, written_out or commit
        async with self.repositories.checkout(url, files, "run") as checkout:
            for name, content in self.planted.items():
                (checkout.path / name).write_text(content)
            return await repository_facts(replace(checkout, base=commit), question, self._beat)

    def _beat(self) -> None:
        self.beats += 1


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


async def test_files_come_with_their_names_and_the_words_of_the_ticket(desk: Desk) -> None:
    desk.write("shop/rounding.py", "HALF = 5\ndef round_half(amount):\n    return amounts\n")
    desk.write("README.md", "Rounding.\n")
    desk.commit()
    facts = await desk.facts("Rounding of amounts")
    assert facts.files == (
        TrackedFile("README.md", (), {"round": 1}, 1),
        TrackedFile("shop/rounding.py", ("HALF", "round_half"), {"round": 1, "amount": 2}, 6),
    )
    assert desk.beats >= 1


async def test_languages_are_counted_most_first_and_without_what_is_vendored(desk: Desk) -> None:
    for name in ("a.go", "b.go", "web/x.tsx", "run.sh", "vendor/c.rs", "LICENSE", ".profile"):
        desk.write(name)
    desk.commit()
    languages = (await desk.facts()).languages
    assert list(languages.items()) == [("Go", 2), ("Shell", 1), ("TypeScript", 1)]


async def test_the_test_command_is_the_settings_or_what_the_files_mean(desk: Desk) -> None:
    desk.write("pyproject.toml", "[tool.pytest.ini_options]\n")
    desk.commit()
    assert (await desk.facts()).test_command == "python3 -m pytest"
    assert (await desk.facts(test=("tox", "-e", "py"))).test_command == "tox -e py"
    desk.write("pyproject.toml", "[project]\n")
    desk.commit()
    assert (await desk.facts()).test_command is None


async def test_links_and_nested_repositories_are_no_files(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "secret.py").write_text("rounding = 1\n")
    os.symlink(tmp_path / "secret.py", desk.upstream.path / "link.py")
    os.symlink("/etc", desk.upstream.path / "folder")
    desk.write("real.py")
    base = desk.commit()
    entry = f"160000,{base},nested"
    desk.upstream.git("update-index", "--add", "--cacheinfo", entry)
    desk.upstream.git("commit", "--quiet", "-m", "A submodule")
    assert [file.path for file in (await desk.facts("rounding")).files] == ["real.py"]


async def test_strange_files_are_known_by_path_and_spoil_nothing(desk: Desk) -> None:
    desk.write("binary.py", b"def rounding(): pass\n\0\1\2")
    desk.write("latin.py", b"# caf\xe9\ndef rounding(): pass\n")
    desk.write("large.py", b"def rounding(): pass\n" + b"#" * 2**18)
    desk.write("new\nline.py", "rounding = 1\n")
    name = os.fsdecode(b"caf\xe9.py")
    desk.write(name, "rounding = 1\n")
    desk.write("vendor/theirs.py", "rounding = 1\n")
    desk.commit()
    files = {file.path: file.definitions for file in (await desk.facts("rounding")).files}
    assert files == {
        "binary.py": (),
        "latin.py": ("rounding",),
        "large.py": (),
        "new\nline.py": ("rounding",),
        "caf\\xe9.py": ("rounding",),
        "vendor/theirs.py": (),
    }


async def test_only_the_commit_counts_whatever_lies_in_the_checkout(desk: Desk) -> None:
    desk.write("a.py", "alpha = 1\n")
    desk.commit()
    desk.planted = {"a.py": "beta = 1\n", "b.py": "beta = 1\n", ".git/HEAD": "rubbish"}
    facts = await desk.facts("alpha beta")
    assert [(file.path, file.definitions) for file in facts.files] == [("a.py", ("alpha",))]


async def test_history_is_newest_first_and_leaves_out_what_changed_everything(desk: Desk) -> None:
    desk.write("a b.py", "1")
    desk.commit("First \x1b[31m")
    for number in range(60):
        desk.write(f"all/{number}.py")
    desk.commit("Everything at once")
    desk.commit("Nothing at all")
    desk.write("a b.py", "2")
    desk.write("é.py", "2")
    desk.commit("Mend it")
    assert (await desk.facts()).history == (
        PastCommit("Mend it", ("a b.py", "é.py")),
        PastCommit("First \x1b[31m", ("a b.py",)),
    )


async def test_the_diff_is_all_that_the_branch_did_and_nothing_else(desk: Desk) -> None:
    desk.write("a.py", "one\ntwo\n")
    desk.commit()
    desk.upstream.git("checkout", "--quiet", "-b", "slipway/DEMO-1")
    desk.write("a.py", "one\n2\n")
    desk.commit("Slipway's")
    desk.write("new file.bin", b"\0\1")
    desk.commit("A person's, on the same branch")
    desk.upstream.git("checkout", "--quiet", "main")
    desk.write("b.py", "main went on\n")
    desk.commit()
    desk.upstream.git("checkout", "--quiet", "slipway/DEMO-1")
    facts = await desk.facts()
    assert facts.numstat == (ChangedFile("a.py", 1, 1), ChangedFile("new file.bin", None, None))
    assert "+++ b/a.py\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n" in facts.diff
    assert "b.py" not in facts.diff


async def test_another_attempts_branch_hides_nothing(desk: Desk) -> None:
    desk.write("a.py", "one\n")
    desk.commit()
    desk.upstream.git("checkout", "--quiet", "-b", "slipway/DEMO-1")
    desk.write("a.py", "two\n")
    desk.commit()
    desk.upstream.git("checkout", "--quiet", "-b", "slipway/DEMO-1-2")
    assert (await desk.facts()).numstat == (ChangedFile("a.py", 1, 1),)


async def test_where_nothing_was_done_the_diff_is_empty(desk: Desk) -> None:
    desk.write("a.py", "one\n")
    desk.commit()
    facts = await desk.facts()
    assert (facts.diff, facts.numstat) == ("", ())
    desk.upstream.git("checkout", "--quiet", "--orphan", "slipway/DEMO-1")
    desk.commit("A root of its own, on no other branch")
    assert (await desk.facts()).numstat == ()


async def test_a_long_diff_is_cut_and_still_counted(desk: Desk) -> None:
    desk.commit()
    desk.upstream.git("checkout", "--quiet", "-b", "slipway/DEMO-1")
    desk.write("a.txt", "line\n" * 100_000)
    desk.commit()
    facts = await desk.facts()
    assert len(facts.diff) == 200_000
    assert facts.numstat == (ChangedFile("a.txt", 100_000, 0),)


async def test_of_too_many_files_source_is_kept_first(desk: Desk) -> None:
    desk.write("z.py", "alpha = 1\n")
    few = desk.commit()
    blob = desk.upstream.git("rev-parse", "HEAD:z.py")
    entries = "".join(f"100644 {blob}\tdocs/{n}.md\n" for n in range(MOST_FILES + 5))
    subprocess.run(
        ["git", "update-index", "--index-info"],
        cwd=desk.upstream.path,
        input=entries.encode(),
        check=True,
    )
    desk.upstream.git("commit", "--quiet", "-m", "Many")
    many = desk.upstream.git("rev-parse", "HEAD")
    facts = await desk.facts_of(many, FactsQuestion("alpha"), written_out=few)
    assert len(facts.files) == MOST_FILES
    assert facts.files[-1] == TrackedFile("z.py", ("alpha",), {"alpha": 1}, 1)

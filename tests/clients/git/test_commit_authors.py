"""Whose commits have come upon a branch."""

from pathlib import Path

import pytest

from clients.git.repositories import Repositories
from errors import RetryLaterError
from tests.clients.git_upstream import Upstream

BRANCH = "slipway/PROJ-1"
ANN = "ann@example.org"


@pytest.fixture
def upstream(tmp_path: Path) -> Upstream:
    """With the branch checked out, at the tip of `main`."""
    upstream = Upstream.init(tmp_path / "upstream")
    upstream.commit(readme="hello\n")
    upstream.git("checkout", "--quiet", "-b", BRANCH)
    return upstream


@pytest.fixture
def here(tmp_path: Path) -> Repositories:
    return Repositories(tmp_path / "here", {})


def by(upstream: Upstream, author: str, name: str = "work") -> str:
    """A commit of somebody else's, which Ann has committed."""
    upstream.commit(**{name: author})
    upstream.git("commit", "--quiet", "--amend", "--no-edit", f"--author=A. N. Other <{author}>")
    return upstream.git("rev-parse", "HEAD")


def forged(upstream: Upstream, tmp_path: Path, author: bytes) -> str:
    """A commit that git itself would not make."""
    tree, parent = upstream.git("rev-parse", "HEAD^{tree}"), upstream.git("rev-parse", "HEAD")
    head = f"tree {tree}\nparent {parent}\nauthor ".encode()
    people = author + b" 0 +0000\ncommitter " + author + b" 0 +0000\n\nforged\n"
    (tmp_path / "commit").write_bytes(head + people)
    made = upstream.git(
        "hash-object", "-t", "commit", "-w", "--literally", str(tmp_path / "commit")
    )
    upstream.git("reset", "--quiet", "--hard", made)
    return made


async def test_authors_and_committers_are_named_the_newest_first(
    here: Repositories, upstream: Upstream
) -> None:
    base = upstream.git("rev-parse", "main")
    by(upstream, "Old@example.org", "one")
    tip = by(upstream, "Bob@example.org", "two")
    found = await here.authors(upstream.url, base, tip, BRANCH)
    assert found == ("bob@example.org", ANN, "old@example.org")
    later = upstream.commit(three="3")
    assert await here.authors(upstream.url, tip, later, BRANCH) == (ANN,)


async def test_who_is_merged_from_the_default_branch_did_no_part_of_it(
    here: Repositories, upstream: Upstream
) -> None:
    base = upstream.git("rev-parse", "main")
    upstream.git("checkout", "--quiet", "main")
    by(upstream, "elsewhere@example.org", "other")
    upstream.git("checkout", "--quiet", BRANCH)
    by(upstream, "bob@example.org")
    upstream.git("merge", "--quiet", "--no-edit", "main")
    tip = upstream.git("rev-parse", BRANCH)
    upstream.git("checkout", "--quiet", "main")
    found = await here.authors(upstream.url, base, tip, BRANCH)
    assert found == (ANN, "bob@example.org")


async def test_a_mailmap_makes_nobody_else_of_them(here: Repositories, upstream: Upstream) -> None:
    base = upstream.git("rev-parse", "main")
    upstream.git("checkout", "--quiet", "-b", "master")  # What a bare mirror takes for its own.
    (upstream.path / ".mailmap").write_text("Nobody <nobody@x.test> <bob@example.org>\n")
    upstream.commit(mapped="yes")
    upstream.git("checkout", "--quiet", BRANCH)
    tip = by(upstream, "bob@example.org")
    assert "bob@example.org" in await here.authors(upstream.url, base, tip, BRANCH)


async def test_a_branch_that_was_put_elsewhere_by_force_still_says_who_did_it(
    here: Repositories, upstream: Upstream
) -> None:
    base = "1" * 40
    tip = by(upstream, "bob@example.org")
    upstream.git("checkout", "--quiet", "main")
    assert await here.authors(upstream.url, base, tip, BRANCH) == ("bob@example.org", ANN)


@pytest.mark.parametrize(
    "author",
    [
        *(b"", b"no address at all", b"A <>", b"A <\xff\xfe@\x80>", b"A <a\x1b[2J@x.test>"),
        b"A <" + b"a" * 100_000 + b"@x.test>",
        b"A <$(touch x)@x.test\x00>",
    ],
)
async def test_what_is_no_address_is_nobody(
    here: Repositories, upstream: Upstream, tmp_path: Path, author: bytes
) -> None:
    base = upstream.commit(mine="1")
    tip = forged(upstream, tmp_path, author)
    assert await here.authors(upstream.url, base, tip, BRANCH) == ()


async def test_a_tip_that_is_gone_is_looked_for_again(
    here: Repositories, upstream: Upstream
) -> None:
    base = upstream.git("rev-parse", "main")
    with pytest.raises(RetryLaterError, match=f"{BRANCH} moved while it was looked at"):
        await here.authors(upstream.url, base, "2" * 40, BRANCH)

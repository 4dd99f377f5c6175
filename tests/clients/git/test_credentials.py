"""A repository that wants a credential: git is given it, and nobody else ever sees it."""

import base64
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import SecretStr

from clients.git.checkouts import Checkout
from clients.git.errors import AccessDeniedError, NotARepositoryError, RepositoryUnreachableError
from clients.git.repositories import Repositories
from contracts.credentials import GitCredential
from errors import PermanentError
from tests.clients.git_host import TOKEN, USER, Host, git_host
from tests.clients.git_upstream import WHEN, Upstream, push

URL = "https://git.example.org/project.git"


@dataclass
class Keeper:
    """Credentials as they are stored; `asked` for these addresses."""

    credential: GitCredential | None

    def __post_init__(self) -> None:
        self.asked: list[str] = []

    async def of(self, repo_url: str) -> GitCredential | None:
        self.asked.append(repo_url)
        return self.credential


def stored(secret: str = TOKEN) -> Keeper:
    return Keeper(GitCredential(username=USER, secret=SecretStr(secret)))


@pytest.fixture
def upstream(tmp_path: Path) -> Upstream:
    upstream = Upstream.init(tmp_path / "root/project.git")
    upstream.commit(readme="hello\n")
    return upstream


@pytest.fixture
def host(upstream: Upstream, tmp_path: Path) -> Iterator[Host]:
    with git_host(tmp_path / "root", tmp_path / "scratch") as host:
        yield host


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def traces(secret: str) -> list[bytes]:
    """The secret, and what a Basic header makes of it."""
    return [secret.encode(), base64.b64encode(f"{USER}:{secret}".encode())]


def holders(folder: Path, secret: str) -> list[Path]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if any(t in path.read_bytes() for t in traces(secret))]


def told(error: BaseException) -> str:
    """Everything that a log of this error and its causes could show."""
    lines = []
    cause: BaseException | None = error
    while cause is not None:
        lines += [str(cause), repr(cause), repr(vars(cause))]
        cause = cause.__cause__ or cause.__context__
    return "\n".join(lines)


async def changed(checkout: Checkout, content: bytes) -> str:
    (checkout.path / "news.txt").write_bytes(content)
    commit = await checkout.commit("coder", "Add news", WHEN)
    assert commit is not None
    return commit


@pytest.mark.parametrize("size", [10, 3_000_000], ids=["small", "in chunks"])
async def test_fetch_and_push_with_a_stored_credential(
    size: int, host: Host, upstream: Upstream, state: Path
) -> None:
    keeper = stored()
    repositories = Repositories(state, host.environment, credentials=keeper)
    tip = await repositories.tip(URL)
    async with repositories.checkout(URL, tip.commit, "run") as checkout:
        assert (checkout.path / "readme.txt").read_text() == "hello\n"
        commit = await changed(checkout, os.urandom(size))
        await push(checkout, commit, "slipway/PROJ-1")
        assert holders(checkout.path, TOKEN) == []
    assert upstream.git("rev-parse", "slipway/PROJ-1") == commit
    assert await repositories.branch_commit(URL, "slipway/PROJ-1") == commit
    assert host.logins > 0
    assert set(keeper.asked) == {URL}
    assert holders(state, TOKEN) == []


async def test_no_argument_and_no_variable_of_any_process_shows_the_secret(
    host: Host, upstream: Upstream, state: Path
) -> None:
    shown: list[bytes] = []

    def look() -> None:
        # Git waits for the answer meanwhile, so all its processes are there.
        shown.append(subprocess.run(["ps", "axwwe"], capture_output=True, check=True).stdout)

    host.when_let_in = look
    repositories = Repositories(state, host.environment, credentials=stored())
    tip = await repositories.tip(URL)
    await repositories.push(URL, tip.commit, "slipway/PROJ-2")
    everything = b"".join(shown)
    assert b"ls-remote" in everything
    assert b"git-remote-https" in everything
    assert b"SLIPWAY_GIT_USER=" in everything, "variables are to be looked at too"
    assert not [trace for trace in traces(TOKEN) if trace in everything]


async def test_a_wrong_credential_is_refused_once_and_for_all(
    host: Host, upstream: Upstream, state: Path
) -> None:
    wrong = "wr0ng-secret-of-somebody"
    repositories = Repositories(state, host.environment, credentials=stored(wrong))
    with pytest.raises(AccessDeniedError, match="does not accept the stored credential") as caught:
        await repositories.tip(URL)
    assert "project credential" in str(caught.value)
    assert host.logins == 1
    assert isinstance(caught.value, PermanentError)
    assert wrong not in told(caught.value)
    assert holders(state, wrong) == []


@pytest.mark.parametrize("keeper", [None, Keeper(None)], ids=["no keeper", "nothing kept"])
async def test_a_missing_credential_says_how_to_store_one(
    keeper: Keeper | None, host: Host, upstream: Upstream, state: Path
) -> None:
    repositories = Repositories(state, host.environment, credentials=keeper)
    with pytest.raises(AccessDeniedError, match=r"none is stored.*project credential KEY"):
        await repositories.tip(URL)
    assert host.logins == 0


async def test_a_credential_that_may_only_read_is_a_clear_error_of_the_push(
    host: Host, upstream: Upstream, state: Path
) -> None:
    repositories = Repositories(state, host.environment, credentials=stored())
    tip = await repositories.tip(URL)
    host.answer = lambda _, path: (403, "") if "receive-pack" in path else None
    with pytest.raises(AccessDeniedError, match="does not allow this") as caught:
        await repositories.push(URL, tip.commit, "slipway/PROJ-3")
    assert "You said Basic [redacted: known secret]" in str(caught.value)
    assert not [trace for trace in traces(TOKEN) if trace.decode() in told(caught.value)]


async def test_a_credential_that_went_bad_during_the_work_is_a_clear_error_of_the_fetch(
    host: Host, upstream: Upstream, state: Path
) -> None:
    keeper = stored()
    repositories = Repositories(state, host.environment, credentials=keeper)
    tip = await repositories.tip(URL)
    keeper.credential = stored("0utdated-secret").credential
    with pytest.raises(AccessDeniedError) as caught:
        await repositories.read(URL, tip.commit, "readme.txt")
    assert "0utdated-secret" not in told(caught.value)
    keeper.credential = stored().credential
    assert await repositories.read(URL, tip.commit, "readme.txt") == b"hello\n"


async def test_a_repository_that_is_not_there_is_told_from_a_host_in_trouble(
    host: Host, upstream: Upstream, state: Path
) -> None:
    repositories = Repositories(state, host.environment, credentials=stored())
    with pytest.raises(NotARepositoryError, match="project credential KEY"):
        await repositories.tip("https://git.example.org/missing.git")
    host.answer = lambda _, path: (502, "")
    with pytest.raises(RepositoryUnreachableError, match="502"):
        await repositories.tip(URL)


async def test_a_redirect_is_never_followed_with_the_credential(
    host: Host, upstream: Upstream, state: Path
) -> None:
    def astray(name: str, path: str) -> tuple[int, str] | None:
        away = f"https://elsewhere.example.net{path}"
        return (302, away) if name == "git.example.org" else None

    host.answer = astray
    repositories = Repositories(state, host.environment, credentials=stored())
    with pytest.raises(RepositoryUnreachableError):
        await repositories.tip(URL)
    assert host.logins == 1
    assert {name for name, _ in host.seen} == {"git.example.org"}


async def test_even_a_planted_configuration_leads_the_credential_nowhere_else(
    host: Host, upstream: Upstream, state: Path, tmp_path: Path
) -> None:
    repositories = Repositories(state, host.environment, credentials=stored())
    tip = await repositories.tip(URL)
    await repositories.read(URL, tip.commit, "readme.txt")
    (mirror,) = (state / "mirrors").glob("*.git")
    helper = f'!f() {{ cat >> "{tmp_path}/stolen"; }}; f'
    for name, value in {
        "credential.helper": helper,
        "core.askPass": f"{tmp_path}/none",
        "http.followRedirects": "true",
        "url.https://elsewhere.example.net/.insteadOf": "https://git.example.org/",
    }.items():
        upstream.git("config", "--file", str(mirror / "config"), name, value)
    host.seen.clear()
    later = upstream.commit(more="news\n")
    with pytest.raises((AccessDeniedError, RepositoryUnreachableError)):
        await repositories.read(URL, later, "more.txt")
    assert not (tmp_path / "stolen").exists()
    assert {name for name, said in host.seen if said} <= {"git.example.org"}


async def test_what_traces_git_in_our_environment_does_not_reach_it(
    host: Host, upstream: Upstream, state: Path, tmp_path: Path
) -> None:
    trace = str(tmp_path / "trace")
    names = ("GIT_TRACE", "GIT_TRACE_CURL", "GIT_TRACE_PACKET", "GIT_TRACE2", "GIT_TRACE_SETUP")
    environment = dict.fromkeys(names, trace) | {"GIT_TRACE_REDACT": "0", "GIT_CURL_VERBOSE": "1"}
    repositories = Repositories(state, environment | host.environment, credentials=stored())
    await repositories.tip(URL)
    assert not os.path.exists(trace)


async def test_a_public_repository_needs_no_credential_and_gets_none(
    host: Host, upstream: Upstream, state: Path
) -> None:
    host.public = True
    keeper = stored()
    repositories = Repositories(state, host.environment, credentials=keeper)
    await repositories.tip(URL)
    await repositories.tip(upstream.url)
    assert host.logins == 0
    assert keeper.asked == [URL], "a path of this machine has no credential"

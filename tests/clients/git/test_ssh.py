"""Repositories over ssh: the ssh program is a stand-in, the git at its far end is real."""

import os
from pathlib import Path

import pytest
from pydantic import SecretStr

from clients.git.errors import RepositoryUnreachableError
from clients.git.repositories import Repositories
from contracts.credentials import GitCredential
from tests.clients.git_upstream import WHEN, Upstream, push

# Its last argument is what the far end's shell would run.
SSH = """\
#!/bin/sh
printf '%s\\n' "$@" >> "{log}"
env >> "{log}"
for command; do :; done
exec sh -c "$command"
"""


class Untouchable:
    async def of(self, repo_url: str) -> GitCredential | None:
        return GitCredential(username="robot", secret=SecretStr(f"never for {repo_url}"))


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the stand-in was told."""
    log, program = tmp_path / "log", tmp_path / "bin/ssh"
    program.parent.mkdir()
    program.write_text(SSH.format(log=log))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    return log


@pytest.mark.parametrize("form", ["ssh://git@git.example.org{}", "git@git.example.org:{}"])
async def test_fetch_and_push_over_ssh_without_prompts_and_without_our_credential(
    form: str, log: Path, upstream: Upstream, tmp_path: Path
) -> None:
    url = form.format(upstream.path)
    environment = {"SSH_AUTH_SOCK": "/agent", "SSH_ASKPASS": "/prompt", "DISPLAY": ":0"}
    repositories = Repositories(tmp_path / "state", environment, credentials=Untouchable())
    tip = await repositories.tip(url)
    async with repositories.checkout(url, tip.commit, "run") as checkout:
        (checkout.path / "news.txt").write_text("news\n")
        commit = await checkout.commit("coder", "Add news", WHEN)
        assert commit is not None
        await push(checkout, commit, "slipway/PROJ-1")
    assert upstream.git("rev-parse", "slipway/PROJ-1") == commit
    told = log.read_text()
    assert "-oBatchMode=yes\n" in told
    assert f"git-receive-pack '{upstream.path}'\n" in told
    assert "SSH_AUTH_SOCK=/agent\n" in told
    for absent in ("never for", "SSH_ASKPASS", "GIT_ASKPASS", "SLIPWAY_GIT"):
        assert absent not in told


async def test_an_ssh_host_that_refuses_us_is_told_with_what_it_said(
    log: Path, upstream: Upstream, tmp_path: Path
) -> None:
    program = tmp_path / "bin/ssh"
    program.write_text("#!/bin/sh\necho 'Permission denied (publickey).' >&2\nexit 255\n")
    repositories = Repositories(tmp_path / "state", {})
    with pytest.raises(RepositoryUnreachableError, match=r"Permission denied \(publickey\)"):
        await repositories.tip(f"ssh://git@git.example.org{upstream.path}")

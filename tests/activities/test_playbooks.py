"""Playbooks that all workers share, as long as they read the same files."""

from pathlib import Path
from uuid import UUID, uuid4

import pytest
from redis.asyncio import Redis
from redis.utils import str_if_bytes

from activities.playbooks import Playbooks
from activities.shared import SharedByAll
from cache.connection import open_redis
from cache.keys import Keys
from clients.playbooks import PlaybookFolder
from contracts.playbooks import CommandAgent, Playbook
from errors import InvalidPlaybookError
from policy.limits import DEFAULTS

CODE = "phases: [{phase: CODE, agents: [{kind: command, name: coder, command: ['{examples}/a']}]}]"
GATED = "phases: [{phase: CODE, gate: {name: code, policy: two}}]"
TWO = "levels: [{name: lead, approvers: [{role: MANAGER}], quorum: 2}]"
ONE = "levels: [{name: lead, approvers: [{role: MANAGER}]}]"


class Release:
    """A worker of one release: its files, and where it has been unpacked."""

    def __init__(self, redis: Redis, path: Path, examples: str = "examples") -> None:
        (path / "approvals").mkdir(parents=True)
        self.path = path
        folder = PlaybookFolder(path, path / examples)
        self.playbooks = Playbooks(folder, SharedByAll(redis, DEFAULTS))

    def write(self, text: str, name: str = "mine") -> None:
        (self.path / f"{name}.yaml").write_text(text)


@pytest.fixture
def organization_id() -> UUID:
    return uuid4()


async def looks(redis: Redis, organization_id: UUID) -> dict[str, int]:
    found = await redis.hgetall(Keys(organization_id).metrics("cache"))
    return {str_if_bytes(name): int(count) for name, count in found.items()}


def command(playbook: Playbook) -> str:
    [agent] = playbook.phases[0].agents
    assert isinstance(agent, CommandAgent)
    return agent.command[0]


async def test_what_one_worker_parsed_another_need_not(
    redis: Redis, organization_id: UUID, tmp_path: Path
) -> None:
    one, other = Release(redis, tmp_path / "one"), Release(redis, tmp_path / "other")
    for release in (one, other):
        release.write(CODE)
        await release.playbooks.load(organization_id, "mine")
    assert await looks(redis, organization_id) == {"misses": 1, "hits": 1}


async def test_paths_of_one_host_never_reach_another(
    redis: Redis, organization_id: UUID, tmp_path: Path
) -> None:
    for name in ("one", "other"):
        release = Release(redis, tmp_path / name)
        release.write(CODE)
        loaded = await release.playbooks.load(organization_id, "mine")
        assert command(loaded) == str(tmp_path / name / "examples" / "a")


async def test_a_new_release_never_gets_an_old_playbook(
    redis: Redis, organization_id: UUID, tmp_path: Path
) -> None:
    old, new = Release(redis, tmp_path / "old"), Release(redis, tmp_path / "new")
    old.write("description: old\n" + CODE)
    new.write("description: new\n" + CODE)
    for _ in range(2):
        assert (await old.playbooks.load(organization_id, "mine")).description == "old"
        assert (await new.playbooks.load(organization_id, "mine")).description == "new"


async def test_a_changed_policy_is_another_playbook(
    redis: Redis, organization_id: UUID, tmp_path: Path
) -> None:
    release = Release(redis, tmp_path / "one")
    release.write(GATED)
    for policy, quorum in ((TWO, 2), (ONE, 1)):
        release.write(policy, "approvals/two")
        loaded = await release.playbooks.load(organization_id, "mine")
        assert loaded.phases[0].gate
        assert [level.quorum for level in loaded.phases[0].gate.levels] == [quorum]


async def test_a_playbook_that_is_wrong_is_read_again_once_it_is_mended(
    redis: Redis, organization_id: UUID, tmp_path: Path
) -> None:
    release = Release(redis, tmp_path / "one")
    release.write("phases: [{phase: CODING}]")
    with pytest.raises(InvalidPlaybookError, match=r"mine\.yaml:1"):
        await release.playbooks.load(organization_id, "mine")
    release.write(CODE)
    assert (await release.playbooks.load(organization_id, "mine")).name == "mine"


async def test_without_redis_each_worker_parses_its_own(
    organization_id: UUID, tmp_path: Path
) -> None:
    async with open_redis("redis://127.0.0.1:1/0") as nowhere:
        release = Release(nowhere, tmp_path / "one")
        release.write(CODE)
        assert (await release.playbooks.load(organization_id, "mine")).name == "mine"


async def test_who_parsed_a_playbook_asks_nobody_for_it_again(
    redis: Redis, organization_id: UUID, tmp_path: Path
) -> None:
    release = Release(redis, tmp_path / "one")
    for text in (CODE, CODE, f"description: new\n{CODE}", CODE):
        release.write(text)
        loaded = await release.playbooks.load(organization_id, "mine")
        assert loaded.description == ("new" if "new" in text else "")
    assert await looks(redis, organization_id) == {"misses": 2}

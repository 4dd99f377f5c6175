"""One agent at work on one ticket, as a worker would let it, but with nothing behind it."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from cli.agent_choice import Chosen
from cli.terminal import plain, say
from clients.agent_identity import AgentIdentity
from clients.builtin_agents import BuiltinAgents
from clients.command_agent import CommandAgentRunner
from clients.git.checkouts import Checkout
from clients.git.repositories import Repositories
from clients.test_runner import BuiltinRunner
from clients.workshop import GitWorkshop, brief_of
from contracts.agents import AgentOutput, AgentResult, AgentRun, Brief, Workplace
from contracts.issues import Ticket
from policy.branches import branch_of
from policy.redaction import Redaction
from settings import secrets


@dataclass(frozen=True)
class Trial:
    """`checkout` is where the agent's files are kept, if they are."""

    brief: Brief
    result: AgentResult
    output: AgentOutput
    checkout: Path | None


class TrialRepositories(Repositories):
    """Remembers where the agent worked, and keeps its files on request."""

    def __init__(self, state_dir: Path, environment: Mapping[str, str], keep_as: str | None):
        super().__init__(state_dir, environment)
        self._kept, self._keep_as = state_dir / "kept", keep_as
        self.workspace = Path()
        self.kept: Path | None = None

    @asynccontextmanager
    async def checkout(self, repo_url: str, commit: str, token: str) -> AsyncIterator[Checkout]:
        async with super().checkout(repo_url, commit, token) as checkout:
            self.workspace = checkout.path
            try:
                yield checkout
            finally:
                if self._keep_as is not None:
                    self.kept = await asyncio.to_thread(self._keep, self._keep_as, checkout.path)

    def _keep(self, name: str, path: Path) -> Path:
        self._kept.mkdir(parents=True, exist_ok=True)
        target = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self._kept))
        try:
            shutil.copytree(path, target, symlinks=True, dirs_exist_ok=True)
        except shutil.Error as error:
            # Sockets, pipes, what the agent made unreadable: the rest was copied.
            say(f"Not all could be kept: {plain(str(error), 300)}")
        return target


@dataclass(frozen=True)
class Workbench:
    state_dir: Path
    environment: Mapping[str, str]
    identity: AgentIdentity
    keep: bool

    async def tries(self, chosen: Chosen, ticket: Ticket, repo_url: str) -> Trial:
        """Raises what the repository raises."""
        keep_as = f"{ticket.key}-{chosen.agent.name}" if self.keep else None
        repositories = TrialRepositories(self.state_dir, self.environment, keep_as)
        base = (await repositories.tip(repo_url)).commit
        run = _run_of(chosen, ticket, repo_url, base)
        workshop = self._workshop(repositories)
        result, output = await workshop.work(run, f"try-{uuid4().hex[:12]}", datetime.now(UTC))
        brief = brief_of(run, str(repositories.workspace))
        return Trial(brief, result, output, repositories.kept)

    def _workshop(self, repositories: Repositories) -> GitWorkshop:
        """As composition.py has it, without language models."""
        scratch = self.state_dir / "runs"
        return GitWorkshop(
            repositories,
            CommandAgentRunner(self.environment, scratch, identity=self.identity),
            BuiltinAgents(BuiltinRunner(self.environment, scratch, identity=self.identity)),
            Redaction(secrets()),
        )


def _run_of(chosen: Chosen, ticket: Ticket, repo_url: str, base: str) -> AgentRun:
    return AgentRun(
        workplace=Workplace(
            organization_id=uuid4(),
            orchestration_id=uuid4(),
            attempt=1,
            repo_url=repo_url,
            branch=branch_of(ticket.key, 1),
        ),
        ticket=ticket,
        agent=chosen.agent,
        phase=chosen.phase,
        round=1,
        step=f"{chosen.phase}/1/{chosen.agent.name}",
        base_commit=base,
    )

"""What a repository says about itself in `.slipway.yaml`: set-up, tests, and what is off limits."""

from typing import Annotated

from pydantic import BaseModel, Field

from contracts.playbooks import AgentName

FILE = ".slipway.yaml"
DEFAULT_PROTECTED = (
    *(".github/workflows/**", ".github/actions/**", ".gitlab-ci.yml", ".gitlab/ci/**"),
    *(".circleci/**", ".buildkite/**", ".woodpecker/**", ".woodpecker.yml", ".drone.yml"),
    *("Jenkinsfile", "azure-pipelines.yml", ".azure-pipelines/**", "bitbucket-pipelines.yml"),
    *(".travis.yml", ".cirrus.yml", "appveyor.yml", ".appveyor.yml"),
    *("**/.husky/**", "**/.githooks/**", ".pre-commit-config.yaml"),
    *("lefthook.yml", ".lefthook.yml", ".lefthook/**", FILE),
)
MOST_COMMANDS, MOST_ARGUMENTS, MOST_NAMES = 20, 1_000, 200

Argument = Annotated[str, Field(max_length=10_000)]
Command = Annotated[tuple[Argument, ...], Field(min_length=1, max_length=MOST_ARGUMENTS)]
Pattern = Annotated[str, Field(min_length=1, max_length=500)]


class RepositorySettings(BaseModel, frozen=True, extra="forbid"):
    """Read from the default branch, frozen for the attempt. Patterns are those of .gitignore,
    without `!`. `agents` names the programs that may work here, None lets all; the files that
    `cache_key` matches decide, beside the lock files, when `setup` must run again."""

    repository: str = ""
    setup: Annotated[tuple[Command, ...], Field(max_length=MOST_COMMANDS)] = ()
    test: Command | None = None
    protected: Annotated[tuple[Pattern, ...], Field(max_length=MOST_NAMES)] = DEFAULT_PROTECTED
    agents: Annotated[tuple[AgentName, ...], Field(max_length=MOST_NAMES)] | None = None
    cache_key: Annotated[tuple[Pattern, ...], Field(max_length=MOST_NAMES)] = ()

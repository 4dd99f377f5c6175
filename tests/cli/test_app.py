"""Wrong use, before anything is started: exit codes and one clear line each."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.app import run
from cli.catalogue import COMMANDS, Command
from cli.surroundings import Addresses, Surroundings
from contracts.phases import Phase
from errors import DownError, MissingAddressError
from settings import Settings

HOSTILE_KEYS = [
    "PROJ-1; rm -rf /",
    "$(id)",
    "../../etc/passwd",
    "PROJ-1\n",
    "\nPROJ-1",
    "PROJ-1\x1b[31m",
    "A" * 10_000 + "-1",
    "\u0420ROJ-1",  # A Cyrillic capital that looks like a Latin P.
    "PROJ-\u0661",  # An Arabic digit.
    "PROJ-0",
    "PROJ-01",
    "proj-1",
    "P-1",
    "PROJ",
    "",
]


KEYLESS = {"approvals", "list", "setup", "reconcile", "demo", "simulate", "stats", "resend"}
KEYLESS |= {"patterns"}
KEYED = {name for name, entry in COMMANDS.items() if isinstance(entry, Command)} - KEYLESS
PHASES = "Say one of EXPLORE, PLAN, CODE, TEST, FIX, DOCUMENT.\n"


class Attempt:
    """Runs commands where no server may be needed; `failure` is what opening them raises."""

    def __init__(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        self._capsys, self._tmp_path = capsys, tmp_path
        self.failure: Exception = AssertionError("no server is needed for this")
        self.production = False

    def __call__(self, *arguments: str) -> tuple[int, str]:
        """Exit code and what was said on standard error."""
        around = Surroundings(
            settings=self._settings,
            servers=self._servers,
            environment={},
            search_attributes={},
        )
        code = run(lambda: around, arguments)
        printed = self._capsys.readouterr()
        assert printed.out == ""
        return code, printed.err

    def _settings(self) -> Settings:
        return Settings(
            slipway_env="production" if self.production else "test",
            slipway_state_dir=self._tmp_path / "state",
            railway_environment_name=None,
            temporal_address=None,
        )

    @contextmanager
    def _servers(self, settings: Settings, say: Callable[[str], None]) -> Iterator[Addresses]:
        raise self.failure
        yield


@pytest.fixture
def attempt(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Attempt:
    return Attempt(capsys, tmp_path)


@pytest.mark.parametrize("key", HOSTILE_KEYS)
def test_a_hostile_key_is_refused_with_the_form_that_is_allowed(attempt: Attempt, key: str) -> None:
    code, said = attempt("status", "--", key)
    assert code == 2
    assert said.endswith("PROJ-123.\n")
    assert said.count("\n") == 1
    assert said.rstrip("\n").isprintable()


@pytest.mark.parametrize("command", sorted(KEYED))
def test_every_command_checks_the_key_first(attempt: Attempt, command: str) -> None:
    rest = {
        "guide": ["text"],
        "answer": ["text"],
        "skip": ["PLAN"],
        "reject": ["--comment", "no"],
        "request-changes": ["--comment", "no"],
    }
    code, said = attempt(command, "proj-1", *rest.get(command, []))
    assert (code, "is not a ticket key" in said) == (2, True)


@pytest.mark.parametrize(
    "arguments", [("fly",), ("status",), ("status", "PROJ-1", "--upload-pack=x")]
)
def test_an_unknown_command_or_option_is_wrong_use(
    attempt: Attempt, arguments: tuple[str, ...]
) -> None:
    assert attempt(*arguments)[0] == 2


def test_an_agent_that_the_playbook_would_never_call_is_refused(attempt: Attempt) -> None:
    code, said = attempt("work", "PROJ-1", "--playbook", "demo", "--agent", "python3 x.py")
    assert (code, "names its own agents" in said) == (2, True)


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (b"a\0b", 2, "NUL"),
        (b"\xff\xfe", 2, "not valid UTF-8 (byte 0)"),
        (b"x" * 2**20, 2, "100,000 characters"),
        ("ä".encode() * 100_001, 2, "100,000 characters"),
        (None, 3, "can't be read"),
    ],
)
def test_a_description_that_is_no_fit_text_is_refused(
    attempt: Attempt, tmp_path: Path, content: bytes | None, code: int, said: str
) -> None:
    file = tmp_path / "description.md"
    if content is not None:
        file.write_bytes(content)
    what = ("work", "PROJ-1", "--summary", "x", "--description-file", str(file))
    found, line = attempt(*what)
    assert found == code
    assert said in line


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--playbook", "standrad"), 3, "did you mean `standard`?"),
        (("--agent", "no-such-program -p x"), 3, "no-such-program"),
        (("--agent", "./agent.sh"), 2, "relative path"),
        (("--agent", "claude 'x"), 2, "No closing quotation"),
        (("--agent", ""), 2, "--agent is empty"),
        (("--agent-env", "A=b"), 2, "not the name of a variable"),
        (("--start", "CODE", "--end", "PLAN"), 2, "--start CODE comes after --end PLAN"),
        (("--skip", "PLAN", "--start", "PLAN"), 2, "--skip PLAN and --start PLAN contradict each"),
        (("--end", "TEST", "--skip", "TEST"), 2, "--skip TEST and --end TEST contradict each"),
        (("--start", "CODE", "--resume"), 2, "Say --resume-after PHASE"),
        (("--start", "CODE", "--resume-after", "PLAN"), 2, "Say --resume-after PHASE"),
        (tuple(f"--skip={phase}" for phase in Phase), 2, "every phase of playbook standard"),
        (("--playbook", ""), 3, "no playbook ``"),
        (("--repo", " "), 2, "--repo is empty"),
        (("--start", "CODES"), 2, f"'CODES' is not a phase. {PHASES}"),
        (("--skip", "FIX", "--skip", ""), 2, f"'' is not a phase. {PHASES}"),
        (("--type", "bugs"), 2, "'bugs' is not a type of ticket. Say one of BUG, FEATURE,"),
        (
            ("--priority", "P1"),
            2,
            "'P1' is not a priority. Say one of CRITICAL, HIGH, MEDIUM, LOW.",
        ),
        (("--description-file", "x"), 2, "--summary"),
        (("--summary", "  "), 2, "summary is empty"),
        (("--summary", "x" * 501), 2, "501 characters"),
        (("--summary", "\udcff"), 2, "not valid UTF-8"),
    ],
)
def test_options_that_cannot_work_are_refused_before_a_server_starts(
    attempt: Attempt, options: tuple[str, ...], code: int, said: str
) -> None:
    found, line = attempt("work", "PROJ-1", *options)
    assert found == code
    assert said in line


def test_approving_without_a_person_is_refused_in_production(attempt: Attempt) -> None:
    attempt.production = True
    code, said = attempt("work", "PROJ-1", "--yes")
    assert code == 2
    assert "--yes is refused in production" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("skip", "PROJ-1", "LATER"), f"'LATER' is not a phase. {PHASES}"),
        (("list", "--status", "DONE"), "'DONE' is not a status. Say one of ACTIVE, PAUSED,"),
        (("agent", "schema", "plan"), "Say one of brief, report, progress.\n"),
        (("project", "show", "proj"), "'proj' is not a project key. A project's key is 2 to 10"),
        (("endpoint", "add", "x", "pigeon"), "'pigeon' is not a channel. Say one of SLACK,"),
        (
            ("delegate", "PROJ-1", "--to", "bob@example.org", "--until", "2020-01-01"),
            "2020-01-01 is over: say --until with a day that is to come.",
        ),
        (
            ("agent", "run", "x", "--repo", ".", "--ticket", "x", "--phase", "\x1b[31mCODE"),
            f"'[31mCODE' is not a phase. {PHASES}",
        ),
    ],
)
def test_whoever_chooses_wrongly_is_told_the_choices(
    attempt: Attempt, arguments: tuple[str, ...], said: str
) -> None:
    code, line = attempt(*arguments)
    assert (code, said in line, line.count("\n")) == (2, True, 1)


@pytest.mark.parametrize("comment", [(), ("--comment", " "), ("--comment", "x" * 10_001)])
def test_a_no_needs_a_reason_that_fits(attempt: Attempt, comment: tuple[str, ...]) -> None:
    assert attempt("reject", "PROJ-1", *comment)[0] == 2


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (DownError("postgres did not come up"), 4),
        (OSError("connection refused"), 4),
        (MissingAddressError("DATABASE_URL must be set"), 2),
    ],
)
def test_servers_that_are_not_there_end_in_one_line(
    attempt: Attempt, failure: Exception, code: int
) -> None:
    attempt.failure = failure
    found, said = attempt("status", "PROJ-1")
    assert found == code
    assert str(failure) in said
    assert said.count("\n") == 1


def test_our_own_mistakes_are_not_hidden(attempt: Attempt) -> None:
    attempt.failure = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        attempt("status", "PROJ-1")

"""Reading `.slipway.yaml`."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.playbooks import Playbook
from contracts.repository_settings import DEFAULT_PROTECTED, RepositorySettings
from policy.repository_settings import (
    MAX_SIZE,
    InvalidRepositorySettingsError,
    parse_repository_settings,
    refusal,
    refused_agents,
)

WHOLE = b"""\
setup:
  - pip install -r requirements.txt
  - [pip, install, -e, '.[test]']
test: pytest -q 'a b'
protected: [infra/**, .github/workflows/**]
agents: [coder, fixer]
cache_key: [native/*.c]
"""


def test_all_that_can_be_said_is_read() -> None:
    assert parse_repository_settings(WHOLE, "https://host/x") == RepositorySettings(
        repository="https://host/x",
        setup=(("pip", "install", "-r", "requirements.txt"), ("pip", "install", "-e", ".[test]")),
        test=("pytest", "-q", "a b"),
        protected=("infra/**", ".github/workflows/**"),
        agents=("coder", "fixer"),
        cache_key=("native/*.c",),
    )


@pytest.mark.parametrize("raw", [None, b"", b"# nothing\n", b"\xef\xbb\xbf", b"test:\nagents:\n"])
def test_what_is_not_said_is_as_by_default(raw: bytes | None) -> None:
    settings = parse_repository_settings(raw)
    assert settings == RepositorySettings()
    assert (settings.setup, settings.test, settings.agents) == ((), None, None)
    assert settings.protected == DEFAULT_PROTECTED


@pytest.mark.parametrize(
    ("raw", "setup"),
    [
        (b"setup: npm ci", (("npm", "ci"),)),
        (b"setup: [npm ci]", (("npm", "ci"),)),
        (b"setup: [./bootstrap]", (("./bootstrap",),)),
        (b"setup: [[./one], ./two]", (("./one",), ("./two",))),
        (b"setup: [./one, pip install x]", (("./one",), ("pip", "install", "x"))),
        (b"setup: []", ()),
        (b"setup: [[sh, -c, 'a && b']]", (("sh", "-c", "a && b"),)),
    ],
)
def test_setup_is_a_line_or_a_list_of_commands(raw: bytes, setup: tuple[object, ...]) -> None:
    assert parse_repository_settings(raw).setup == setup


@pytest.mark.parametrize(
    ("raw", "complaint"),
    [
        (b"test: 3", ":1: test: must be a command"),
        (b"\n\ntest: [pytest, 3]", ":3: test: must be a command"),
        (b"test: [pytest, [a]]", "must be a command"),
        (b"test: []", "names no program"),
        (b"test: ['', a]", "names no program"),
        (b"test: ' '", "names no program"),
        (b'test: "it\'s"', "No closing quotation"),
        (b"test: a && b", "`&&` needs a shell"),
        (b"setup: 3", "setup: must be commands"),
        (b"setup:\n- pip install x\n- 3\n", ":3: setup[1]: must be a command"),
        (b"setup: [pip, install, x]", "write `- pip install x` if they are one"),
        (b"setup: {a: b}", "must be commands"),
        (b"agents: coder", "agents: not a list"),
        (b"agents: [Coder]", "agents[0]: `Coder` is no agent's name"),
        (b"agents: [3]", "agents[0]: not text"),
        (b"protected: ['!x']", "protected[0]: `!x`: `!` is not known"),
        (b"protected: [../x]", "without `.` or `..`"),
        (b"protected: ['a\\b']", "no backslash"),
        (b"cache_key: [a//b]", "cache_key[0]"),
        (b"protected: [/]", "name a path"),
        (b"a: 1\ntets: pytest", ":2: tets: unknown key `tets`: did you mean `test`?"),
        (b"- test", ":1: not a mapping"),
        (b"a: 1\ntest: [pytest", "not YAML"),
        (b"test: x\ntest: y", ":2: `test` stands here a second time"),
        (b"a: &a [x]\ntest: *a", ":2: aliases"),
        (b"test: !!python/object/apply:os.system [true]", "tags"),
        (b"test: " + b"[" * 5_000, "nested deeper"),
        (b'test: "a\\0b"', "NUL"),
        (b"# one\ntest: \xff", ":2: not UTF-8"),
        (b"#" * (MAX_SIZE + 1), "more than 64 kB"),
        (b"setup:\n" + b"- a b\n" * 21, "at most 20 items"),
    ],
)
def test_a_complaint_names_line_and_key(raw: bytes, complaint: str) -> None:
    with pytest.raises(InvalidRepositorySettingsError) as caught:
        parse_repository_settings(raw)
    assert complaint in str(caught.value)
    assert str(caught.value).startswith(".slipway.yaml:")


def test_each_mistake_is_told() -> None:
    with pytest.raises(InvalidRepositorySettingsError) as caught:
        parse_repository_settings(b"test: 3\nagents: 4\nother: 5\n")
    lines = str(caught.value).splitlines()
    assert [line.split(":")[1] for line in lines] == ["1", "2", "3"]


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: f"test: {text}".encode()))
def test_no_settings_are_a_crash(raw: bytes) -> None:
    with suppress(InvalidRepositorySettingsError):
        parse_repository_settings(raw)


PLAYBOOK = Playbook.model_validate(
    {
        "name": "p",
        "phases": [
            {
                "phase": "CODE",
                "agents": [
                    {"kind": "command", "name": "coder", "command": ["x"]},
                    {"kind": "human", "name": "person", "ask": "?"},
                ],
            },
            {"phase": "TEST", "agents": [{"kind": "builtin", "name": "t", "use": "run-tests"}]},
        ],
    }
)


@pytest.mark.parametrize(
    ("agents", "refused"),
    [(None, ()), (("coder",), ()), (("other",), ("coder",)), ((), ("coder",))],
)
def test_only_allowed_programs_may_work(
    agents: tuple[str, ...] | None, refused: tuple[str, ...]
) -> None:
    assert refused_agents(PLAYBOOK, RepositorySettings(agents=agents)) == refused


def test_a_refusal_says_who_is_refused_and_who_is_not() -> None:
    said = refusal(("coder",), RepositorySettings(agents=("fixer",)))
    assert said == (
        "coder may not work in this repository: .slipway.yaml allows fixer in `agents`."
    )

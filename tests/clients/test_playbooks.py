"""The folder of playbooks: ours are all sound, others' are refused by name."""

from decimal import Decimal
from pathlib import Path

import pytest

from clients.playbooks import PlaybookFolder
from contracts.phases import Phase
from contracts.playbooks import BuiltinAgent, CommandAgent, Playbook
from errors import InvalidPlaybookError, UnknownPlaybookError

ROOT = Path(__file__).parents[2]
OURS = PlaybookFolder(ROOT / "playbooks", ROOT / "examples")
CLIS = ["aider", "claude", "codex", "gemini"]
PRESETS = ["documentation", "hotfix", "prototype", "refactor", "security-audit", "standard"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine.yaml").write_text("phases: [{phase: CODE}]")
    (tmp_path / "yours.yaml").write_text("phases: [{phase: CODE}]")
    return tmp_path


@pytest.mark.parametrize("name", ["demo", "human", "second-opinion", *PRESETS, *CLIS])
def test_each_of_our_playbooks_loads_and_says_what_it_is_for(name: str) -> None:
    playbook = OURS.load(name)
    assert playbook.name == name
    assert playbook.description
    test = playbook.step(Phase.TEST)
    assert (test is None) == (name == "prototype")
    assert test is None or [agent.kind for agent in test.agents] == ["builtin"]
    assert Playbook.model_validate_json(playbook.model_dump_json()) == playbook


def test_there_are_no_other_playbooks_than_those() -> None:
    assert OURS.names() == sorted(["demo", "human", "second-opinion", *PRESETS, *CLIS])


def test_the_standard_playbook_waits_for_the_plan_and_names_no_coder() -> None:
    standard = OURS.load("standard")
    assert [step.phase for step in standard.phases] == list(Phase)
    assert [step.gate.name for step in standard.phases if step.gate] == ["plan"]
    assert [step.phase for step in standard.phases if not step.agents] == [Phase.CODE, Phase.FIX]


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_explores_plans_reviews_and_documents_without_a_model(name: str) -> None:
    agents = [agent for step in OURS.load(name).phases for agent in step.agents]
    uses = [agent.use for agent in agents if isinstance(agent, BuiltinAgent)]
    tests = [] if name == "prototype" else ["run-tests"]
    assert uses == ["triage", "explore", "plan", *tests, "review", "document"]
    assert [agent.name for agent in agents if agent.writes] == ["document"]


def test_a_person_decides_somewhere_in_every_preset() -> None:
    gates = {
        name: [
            (step.phase, step.gate.allow_requester) for step in OURS.load(name).phases if step.gate
        ]
        for name in PRESETS
    }
    assert gates == {
        "documentation": [(Phase.DOCUMENT, False)],
        "hotfix": [(Phase.DOCUMENT, False)],
        "prototype": [(Phase.DOCUMENT, True)],
        "refactor": [(Phase.PLAN, False)],
        "security-audit": [(Phase.PLAN, False), (Phase.DOCUMENT, False)],
        "standard": [(Phase.PLAN, False)],
    }


def test_only_a_refactoring_asks_for_coverage() -> None:
    wanted = {
        name: step.coverage
        for name in [*PRESETS, *CLIS]
        for step in OURS.load(name).phases
        if step.coverage is not None
    }
    assert wanted == {"refactor": Decimal(90)}


@pytest.mark.parametrize("name", CLIS)
def test_a_coding_cli_answers_in_prose_and_is_told_its_key_by_name_alone(name: str) -> None:
    agents = [agent for step in OURS.load(name).phases for agent in step.agents]
    commands = [agent for agent in agents if isinstance(agent, CommandAgent)]
    assert commands
    for agent in commands:
        assert agent.prose
        assert any(variable.endswith("_API_KEY") for variable in agent.environment)


def test_the_demos_agent_is_found_wherever_the_examples_are(tmp_path: Path) -> None:
    examples = tmp_path / "exa: {mples} 'here'"
    demo = PlaybookFolder(ROOT / "playbooks", examples).load("demo")
    agents = [agent for step in demo.phases for agent in step.agents]
    commands = {agent.command for agent in agents if isinstance(agent, CommandAgent)}
    assert commands == {("{python}", f"{examples}/invoices/agent.py")}


def test_an_unknown_playbook_is_refused_with_those_that_exist(folder: Path) -> None:
    with pytest.raises(UnknownPlaybookError) as refused:
        PlaybookFolder(folder, folder).load("mien")
    assert str(refused.value) == "no playbook `mien`: did you mean `mine`? there are mine, yours"


@pytest.mark.parametrize("name", ["../mine", "sub/mine", "mine.yaml", "", ".", "Mine", "mine\n"])
def test_a_name_cannot_lead_out_of_the_folder(folder: Path, name: str) -> None:
    inside = folder / "sub"
    inside.mkdir()
    (inside / "mine.yaml").write_text("phases: [{phase: CODE}]")
    with pytest.raises(UnknownPlaybookError):
        PlaybookFolder(folder if "sub" in name else inside, folder).load(name)


def test_a_folder_that_is_not_there_has_no_playbooks(tmp_path: Path) -> None:
    with pytest.raises(UnknownPlaybookError, match="there are none"):
        PlaybookFolder(tmp_path / "gone", tmp_path).load("mine")


def test_a_wrong_playbook_is_refused_with_its_file(folder: Path) -> None:
    (folder / "mine.yaml").write_text("phase: []")
    with pytest.raises(InvalidPlaybookError) as refused:
        PlaybookFolder(folder, folder).load("mine")
    assert f"{folder / 'mine.yaml'}:1: unknown key `phase`" in str(refused.value)


@pytest.mark.parametrize(
    ("content", "said"), [(b"a: \xff", "save it as UTF-8"), (b"# " * 500_000, "shorten it")]
)
def test_a_file_that_is_no_text_or_too_much_is_refused(
    folder: Path, content: bytes, said: str
) -> None:
    (folder / "mine.yaml").write_bytes(content)
    with pytest.raises(InvalidPlaybookError, match=said):
        PlaybookFolder(folder, folder).load("mine")

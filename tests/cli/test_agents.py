"""`agent run` and `agent schema`, as somebody who writes an agent uses them: without a server."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.cli.insider import Insider
from tests.cli.person import ROOT, Person

EXAMPLE = ROOT / "examples" / "agents"
NOTE = f"{{python}} {EXAMPLE / 'note.py'}"
Run = subprocess.CompletedProcess[str]


@pytest.fixture
def ann(tmp_path: Path) -> Person:
    """There is nothing at these addresses: whoever asks there fails."""
    nowhere = {
        "TEMPORAL_ADDRESS": "127.0.0.1:1",
        "DATABASE_URL": "postgresql://a:b@127.0.0.1:1/x",
        "REDIS_URL": "redis://127.0.0.1:1",
    }
    path = os.pathsep.join((str(Path(sys.executable).parent), os.defpath))
    state = str(tmp_path / "state")
    return Insider(
        {
            "PATH": path,
            "HOME": str(tmp_path),
            "SLIPWAY_STATE_DIR": state,
            # The agents of these tests lie in folders of their own user.
            "SLIPWAY_AGENT_ISOLATION": "none",
            **nowhere,
        }
    )


def tries(ann: Person, repository: Path, *arguments: str, ticket: object = None) -> Run:
    given = ("--repo", str(repository), "--ticket", str(ticket or EXAMPLE / "ticket.md"))
    return ann.says("agent", "run", *given, *arguments)


def answer(ann: Person, repository: Path, *arguments: str) -> Any:
    done = tries(ann, repository, *arguments, "--json")
    assert done.stderr == ""
    return json.loads(done.stdout)


def script(tmp_path: Path, body: str) -> str:
    file = tmp_path / "agent.py"
    file.write_text(f"import json, os, pathlib, sys\nbrief = json.load(sys.stdin)\n{body}\n")
    return f"{{python}} {file}"


def git(repository: Path, *arguments: str) -> str:
    command = ["git", "-C", str(repository), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_the_first_agent_works_its_ticket_and_nothing_is_pushed(
    ann: Person, repository: Path
) -> None:
    done = tries(ann, repository, "note", "--agent", NOTE, "--phase", "document")
    assert done.returncode == 0, done.stderr
    assert '"title": "Round half a cent away from zero"' in done.stdout
    assert '"acceptance_criteria": "- 3.125 becomes 3.13.\\n- A credit note' in done.stdout
    assert '"summary": "Noted DEMO-1 in the change log."' in done.stdout
    assert "DOCUMENT: COMPLETED\nchanged: CHANGELOG.md\n" in done.stdout
    assert git(repository, "branch", "--list", "--all") == "* main"
    assert git(repository, "status", "--porcelain") == ""


def test_brief_and_report_fit_the_schemas_that_are_published(ann: Person, repository: Path) -> None:
    told = answer(ann, repository, "note", "--agent", NOTE)
    for subject in ("brief", "report"):
        schema = json.loads(ann.says("agent", "schema", subject).stdout)
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.validate(told[subject], schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"status": "done", "summary": "x"}, schema)
    assert (told["status"], told["brief"]["phase"]) == ("BLOCKED", "CODE")


def test_a_question_is_said_and_is_no_success(ann: Person, repository: Path) -> None:
    done = tries(ann, repository, "note", "--agent", NOTE)
    assert done.returncode == 1
    assert "CODE: BLOCKED\nIt asks: Is the work done already?\n" in done.stdout


def test_a_failed_agents_checkout_can_be_kept(
    ann: Person, repository: Path, tmp_path: Path
) -> None:
    body = "pathlib.Path('half.txt').write_text('done')\nprint('so far')\nsys.exit('no more')"
    told = answer(ann, repository, "half", "--agent", script(tmp_path, body), "--keep")
    assert told["error"] == {"type": "AgentFailedError", "message": "exit code 1: no more"}
    assert told["report"] is None
    assert "so far" in told["output"]
    kept = Path(told["checkout"])
    assert kept.is_relative_to(tmp_path / "state" / "kept")
    assert (kept / "half.txt").read_text() == "done"
    assert git(kept, "status", "--porcelain") == "?? half.txt"


def test_no_checkout_is_left_unasked(ann: Person, repository: Path, tmp_path: Path) -> None:
    told = answer(ann, repository, "note", "--agent", NOTE)
    assert told["checkout"] is None
    assert not Path(told["brief"]["workspace"]).exists()
    assert not (tmp_path / "state" / "kept").exists()


def test_an_agent_of_a_playbook_is_found_by_its_name(ann: Person, repository: Path) -> None:
    told = answer(ann, repository, "scripted-coder", "--playbook", "demo")
    assert (told["brief"]["phase"], told["status"]) == ("CODE", "BLOCKED")
    assert told["report"]["question"].startswith("I am a script that knows INV-42 alone.")


def test_the_agent_that_runs_the_tests_can_be_tried(ann: Person, repository: Path) -> None:
    told = answer(ann, repository, "tests")
    assert told["brief"]["phase"] == "TEST"
    assert told["report"]["tests"]["failed"] == 1


def test_an_agent_sees_a_variable_only_by_name(
    ann: Person, repository: Path, tmp_path: Path
) -> None:
    body = "print(json.dumps({'status': 'completed', 'summary': str(os.environ.get('WORD'))}))"
    ann.environment["WORD"] = "open sesame"
    agent = ("see", "--agent", script(tmp_path, body))
    assert answer(ann, repository, *agent)["report"]["summary"] == "None"
    assert answer(ann, repository, *agent, "--agent-env", "WORD")["report"]["summary"] == (
        "open sesame"
    )


def test_no_agents_words_control_the_terminal(
    ann: Person, repository: Path, tmp_path: Path
) -> None:
    body = "print('\\x1b]0;owned\\x07')\nsys.exit('\\u202e[red]x')"
    done = tries(ann, repository, "rude", "--agent", script(tmp_path, body))
    assert not {"\x1b", "\x07", "\u202e"} & set(done.stdout)
    assert "[red]x" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("nobody",), 3, "Playbook standard has no agent 'nobody'; it has"),
        (("x", "--playbook", "nowhere"), 3, "no playbook `nowhere`"),
        (("x", "--agent", "no-such-program-here"), 3, "There is no program"),
        (("x", "--agent", "./agent.py"), 2, "is a relative path"),
        (("x", "--agent", "true", "--playbook", "demo"), 2, "leave one of them out"),
        (("x", "--agent-env", "WORD"), 2, "--agent-env goes with --agent"),
        (("Not a name", "--agent", "true"), 2, "name: String should match pattern"),
    ],
)
def test_a_mistake_is_said_in_one_line(
    ann: Person, repository: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    done = tries(ann, repository, *arguments)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_a_person_cannot_be_tried(ann: Person, repository: Path) -> None:
    done = tries(ann, repository, "developer", "--playbook", "human")
    assert done.returncode == 2
    assert "is a person" in done.stderr


def test_uncommitted_changes_are_not_left_out_in_silence(ann: Person, repository: Path) -> None:
    (repository / "new.txt").write_text("x")
    refused = tries(ann, repository, "note", "--agent", NOTE, "--phase", "DOCUMENT")
    assert refused.returncode == 1
    assert "uncommitted changes (new.txt)" in refused.stderr
    done = tries(ann, repository, "note", "--agent", NOTE, "--phase", "DOCUMENT", "--allow-dirty")
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("name", "text", "code", "said"),
    [
        ("t.md", "no title\n", 2, "does not begin with a title"),
        ("t.yaml", "title: x\nsumary: y\n", 2, "a ticket has no `sumary`"),
        ("t.yaml", "title: [x\n", 2, "t.yaml:1: not YAML"),
        ("t.yaml", "- x\n", 2, "is not a ticket"),
        ("t.json", '{"title": ', 2, "is not JSON"),
        ("t.json", '{"title": "x", "key": "no key"}', 2, "key: String should match pattern"),
        ("t.json", '{"key": "DEMO-1"}', 2, "title: Field required"),
    ],
)
def test_a_ticket_that_cannot_be_read_is_said_in_one_line(
    ann: Person, tmp_path: Path, name: str, text: str, code: int, said: str
) -> None:
    file = tmp_path / name
    file.write_text(text)
    done = tries(ann, tmp_path, "note", "--agent", NOTE, ticket=file)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_ticket_that_is_not_there_is_not_found(ann: Person, tmp_path: Path) -> None:
    done = tries(ann, tmp_path, "note", "--agent", NOTE, ticket=tmp_path / "none.md")
    assert done.returncode == 3
    assert done.stderr.count("\n") == 1


def test_the_agent_in_the_documentation_is_the_example() -> None:
    told = (ROOT / "docs" / "agents.md").read_text()
    assert f"```python\n{(EXAMPLE / 'note.py').read_text()}```" in told
    assert f"```markdown\n{(EXAMPLE / 'ticket.md').read_text()}```" in told

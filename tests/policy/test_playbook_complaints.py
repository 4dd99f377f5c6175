"""What is said of a wrong playbook: where, what is wrong, and what to do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errors import InvalidPlaybookError
from policy.playbooks import parse_playbook

AGENT = """phases:
  - phase: CODE
    agents:
      - kind: command
        name: coder
        command: [work]
"""
GATE = """phases:
  - phase: PLAN
    gate:
      name: plan
"""


def complaint(text: str) -> str:
    with pytest.raises(InvalidPlaybookError) as refused:
        parse_playbook("mine", text, "mine.yaml")
    return str(refused.value)


WRONG_PLAYBOOKS = {
    "nothing": ("", "1: the playbook is empty: it needs at least `phases:` and a list"),
    "a list": ("- a", "1: the playbook is not a mapping: it needs at least `phases:` and a list"),
    "a name": ("phases: []\nname: me", "2: a playbook is named by its file: remove `name`"),
    "no phases": ("description: x", "1: `phases` is missing: add it"),
    "an empty list": ("\nphases: []", "2: phases: an empty list: name at least one"),
    "no list": ("phases: 3", "1: phases: not a list: write [one, two] or lines that begin with -"),
    "a bare phase": (
        "phases:\n  - CODE",
        "2: phases[0]: not a mapping: write keys with values below it",
    ),
    "a misspelt key": (
        "phases:\n  - phase: CODE\n    agent: []",
        "3: phases[0]: unknown key `agent`: did you mean `agents`?",
    ),
    "a key from elsewhere": (
        "<<: {}",
        "1: `phases` is missing: add it\n"
        "mine.yaml:1: unknown key `<<`: use one of description, phases, repair_rounds, "
        "budget, on_limit",
    ),
    "a misspelt cap": (
        "budget: {orchestration: {token: 5}}\n",
        "1: `phases` is missing: add it\n"
        "mine.yaml:1: budget.orchestration: unknown key `token`: did you mean `tokens`?",
    ),
    "nobody to ask": (
        "budget: {ask: nobody}\n",
        "1: `phases` is missing: add it\n"
        "mine.yaml:1: budget.ask[0].role: `NOBODY` is not known: use one of ADMIN, MANAGER, "
        "DEVELOPER, VIEWER",
    ),
    "a misspelt limit": (
        f"{AGENT}        limits:\n          tyme: 1h",
        "8: phases[0].agents[0].limits: unknown key `tyme`: did you mean `time`?",
    ),
    "a misspelt phase": (
        "phases:\n  - phase: code",
        "2: phases[0].phase: `code` is not known: did you mean `CODE`?",
    ),
    "an agent without a kind": (
        "phases:\n  - phase: CODE\n    agents:\n      - name: coder",
        "4: phases[0].agents[0]: `kind` is missing: use one of builtin, command, human, llm",
    ),
    "a misspelt kind": (
        "phases:\n  - phase: CODE\n    agents:\n      - name: coder\n        kind: comand",
        "5: phases[0].agents[0].kind: `comand` is no kind of agent: did you mean `command`?",
    ),
    "an agent without a command": (
        "phases:\n  - phase: CODE\n    agents:\n      - name: coder\n        kind: command",
        "4: phases[0].agents[0]: `command` is missing: add it",
    ),
    "an agent without a question": (
        "phases:\n  - phase: CODE\n    agents:\n      - name: coder\n        kind: human",
        "4: phases[0].agents[0]: `ask` is missing: add it",
    ),
    "a person who is stopped": (
        "phases:\n  - phase: CODE\n    agents:\n"
        "      - {kind: human, name: ann, ask: Please, limits: {time: 2h}}",
        "4: phases[0].agents[0].limits: nobody stops a person: remove it; "
        "`remind` tells them again",
    ),
    "a command in one piece": (
        AGENT.replace("[work]", "work --now"),
        "6: phases[0].agents[0].command: not a list: write [one, two] or lines that begin with -",
    ),
    "a number as an argument": (
        AGENT.replace("[work]", "[sleep, 5]"),
        "6: phases[0].agents[0].command[1]: not text: put it in quotes",
    ),
    "a secret in place of a name": (
        f"{AGENT}        environment: [KEY=5]",
        "7: phases[0].agents[0].environment[0]: `KEY=5` does not fit: "
        "name a variable, in letters, digits and _; its value does not belong here",
    ),
    "a name with a space": (
        AGENT.replace("name: coder", "name: The coder"),
        "5: phases[0].agents[0].name: `The coder` does not fit: "
        "use up to 40 small letters, digits and hyphens, beginning with a letter",
    ),
    "perhaps": (
        f"{AGENT}        writes: perhaps",
        "7: phases[0].agents[0].writes: neither true nor false: write one of them",
    ),
    "too many rounds": (
        f"repair_rounds: 21\n{AGENT}",
        "1: repair_rounds: `21`: should be less than or equal to 20",
    ),
    "a builtin that writes": (
        "phases:\n  - phase: TEST\n    agents:\n"
        "      - {kind: builtin, name: tests, use: run-tests, writes: true}",
        "4: phases[0].agents[0].writes: builtin `run-tests` never writes: remove it",
    ),
    "a builtin that keeps nothing of what it writes": (
        "phases:\n  - phase: DOCUMENT\n    agents:\n"
        "      - {kind: builtin, name: d, use: document, writes: false}",
        "4: phases[0].agents[0].writes: builtin `document` always writes: remove it",
    ),
    "two builtins that write side by side": (
        "phases:\n  - phase: DOCUMENT\n    parallel: true\n    agents:\n"
        "      - {kind: builtin, name: d, use: document}\n"
        "      - {kind: builtin, name: e, use: document}",
        "2: phases[0]: DOCUMENT: only one parallel agent may write, not ['d', 'e']",
    ),
    "coverage that nobody measures": (
        "phases:\n  - phase: CODE\n    coverage: 90",
        "2: phases[0]: CODE: only TEST has a `coverage`",
    ),
    "coverage beyond everything": (
        "phases:\n  - phase: TEST\n    coverage: 101",
        "3: phases[0].coverage: `101`: should be less than or equal to 100",
    ),
    "an unknown builtin": (
        "phases:\n  - phase: TEST\n    agents:\n      - {kind: builtin, name: tests, use: tests}",
        "4: phases[0].agents[0].use: `tests` is not known: did you mean `run-tests`?",
    ),
    "an unknown role": (
        f"{GATE}      roles: [BOSS]",
        "5: phases[0].gate.roles[0]: `BOSS` is not known: "
        "use one of ADMIN, MANAGER, DEVELOPER, VIEWER",
    ),
    "a gate for nobody": (
        f"{GATE}      roles: []",
        "5: nobody can pass gate `plan`: "
        "name at least one role of ADMIN, MANAGER, DEVELOPER, VIEWER",
    ),
    "a gate that never waits": (
        f"{GATE}      patience: 0s",
        "5: phases[0].gate.patience: `0:00:00`: should be greater than 0 seconds",
    ),
    "a phase twice": (
        "phases:\n  - phase: CODE\n  - phase: CODE",
        "1: each phase may stand once",
    ),
    "phases out of order": (
        "phases:\n  - phase: CODE\n  - phase: PLAN",
        "3: PLAN comes before CODE: keep the order EXPLORE, PLAN, CODE, TEST, FIX, DOCUMENT",
    ),
    "nobody to say what to fix": (
        "phases:\n  - phase: FIX",
        "1: FIX without TEST: nobody would say what to fix",
    ),
    "two writers at once": (
        f"{AGENT}      - {{kind: command, name: other, command: [work]}}\n    parallel: true",
        "2: phases[0]: CODE: only one parallel agent may write, not ['coder', 'other']",
    ),
}


@pytest.mark.parametrize(
    "written", ["30", "1:30", "1.5h", "soon", "-5m", "m", "''", "[1h]", "null"]
)
def test_a_duration_without_a_unit_or_sense_is_refused(written: str) -> None:
    assert complaint(f"{GATE}      patience: {written}") == (
        "mine.yaml:5: phases[0].gate.patience: not a duration: "
        "write it like 90s, 30m, 2h, 1h30m, 7d or PT2H"
    )


@pytest.mark.parametrize("case", WRONG_PLAYBOOKS)
def test_a_wrong_playbook_is_refused_with_line_reason_and_remedy(case: str) -> None:
    text, said = WRONG_PLAYBOOKS[case]
    assert complaint(text) == f"mine.yaml:{said}"


def test_a_list_whose_only_member_is_wrong_is_not_called_empty() -> None:
    level = "      levels:\n        - name: lead\n          approvers:\n            - role: BOSS\n"
    assert complaint(f"{GATE}{level}") == (
        "mine.yaml:8: phases[0].gate.levels[0].approvers[0].role: `BOSS` is not known: "
        "use one of ADMIN, MANAGER, DEVELOPER, VIEWER"
    )


def test_all_complaints_are_made_at_once_and_in_order_of_lines() -> None:
    said = complaint(f"repair_rounds: many\n{AGENT.replace('name', 'nam')}    gate: {{}}\n")
    assert [line.split(":")[1] for line in said.splitlines()] == ["1", "5", "6", "8"]


def test_a_flood_of_mistakes_is_cut_short() -> None:
    said = complaint("phases:\n" + "  - phase: NONE\n" * 500)
    assert len(said.splitlines()) == 10


@given(st.text() | st.text(alphabet="phases:- \n[]{}&*!'\"|>#agtek0%\\"))
def test_any_text_is_a_playbook_or_refused_by_name_and_line(text: str) -> None:
    try:
        parse_playbook("mine", text, "mine.yaml")
    except InvalidPlaybookError as refused:
        name, line, _ = str(refused).split(":", 2)
        assert name == "mine.yaml"
        assert 1 <= int(line) <= max(1, len(text.splitlines()) + 1)

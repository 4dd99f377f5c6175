"""Tickets out of files: Markdown, YAML and JSON."""

from pathlib import Path

import pytest

from cli.ticket_files import read_ticket


@pytest.mark.parametrize(
    ("head", "key", "title"),
    [
        ("# DEMO-1: Round right", "DEMO-1", "Round right"),
        ("## DEMO-1 Round right ##", "DEMO-1", "Round right"),
        ("# DEMO-1 - Round right", "DEMO-1", "Round right"),
        ("# Round right", "TRY-1", "Round right"),
        ("# utf-8: Round right", "TRY-1", "utf-8: Round right"),
    ],
)
def test_markdown_begins_with_key_and_title(
    tmp_path: Path, head: str, key: str, title: str
) -> None:
    file = tmp_path / "ticket.md"
    file.write_text(f"\n{head}\n\nIt is wrong.\n")
    ticket = read_ticket(str(file))
    assert (ticket.key, ticket.title, ticket.description) == (key, title, "It is wrong.")


def test_markdowns_criteria_end_with_the_next_section(tmp_path: Path) -> None:
    file = tmp_path / "ticket.md"
    file.write_text("# T\nWhy\n## Acceptance Criteria:\n- a\n### More\n- b\n## Notes\nWho\n")
    ticket = read_ticket(str(file))
    assert ticket.acceptance_criteria == "- a\n### More\n- b"
    assert ticket.description == "Why\n## Notes\nWho"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.yaml", "key: DEMO-1\ntitle: Round\nlabels: [a]\npriority: HIGH\n"),
        ("t.json", '{"key": "DEMO-1",\t"title": "Round", "labels": ["a"], "priority": "HIGH"}'),
    ],
)
def test_yaml_and_json_name_the_fields(tmp_path: Path, name: str, text: str) -> None:
    file = tmp_path / name
    file.write_text(text)
    ticket = read_ticket(str(file))
    assert (ticket.key, ticket.labels, ticket.priority) == ("DEMO-1", ("a",), "HIGH")

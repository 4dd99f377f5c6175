"""Reports that are none, or that are traps."""

import json
from pathlib import Path

import pytest

from clients.agent_reports import first_words, last_words
from tests.clients.agent_desk import GOOD, Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        (b"", "without a report"),
        (b"I am done!", "not JSON"),
        (b"[]", "report: "),
        (b"null", "report: "),
        (b'"completed"', "report: "),
        (b'{"status": "completed"}', "summary: Field required"),
        (b'{"status": "great", "summary": ""}', "status: "),
        (b'{"status": "completed", "summary": "", "approved": true}', "approved: Extra"),
        (b'{"status": "failed", "status": "completed", "summary": ""}', "stands twice"),
        (b'{"status": "completed", "summary": "", "usage": {"cost": NaN}}', "NaN"),
        (b'{"status": "completed", "summary": "", "usage": {"cost": -1}}', "usage.cost"),
        (b'{"status": "completed", "summary": "", "usage": {"cost": 1e999999}}', "proportion"),
        (b'{"usage": {"cost": 1e99999999999999999999}}', "proportion"),
        (b'{"usage": {"tokens_in": ' + b"9" * 5_000 + b"}}", "more than 18 digits"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"a":' * 200_000, "nested too deeply"),
        (b"\xff\xfe\x00\x80", "not JSON"),
        (b'"' + b"x" * 2**20 + b'"', "not JSON"),
    ],
)
async def test_rubbish_is_a_failed_agent_that_is_quoted(
    desk: Desk, said: bytes, complaint: str
) -> None:
    ran = await desk.says(said)
    assert (ran.report, ran.error_type) == (None, "AgentReportError")
    assert ran.error_message is not None
    assert complaint in ran.error_message
    assert len(ran.error_message) <= 5_000
    assert "\0" not in ran.error_message
    assert ran.output.size == len(said)
    if said[:1].isascii() and said:
        assert said[:100].decode() in ran.error_message


async def test_nul_and_broken_text_in_a_report_become_storable(desk: Desk) -> None:
    ran = await desk.says(b'{"status": "completed", "summary": "a\\u0000b\\ud800c\xff"}')
    assert ran.report is not None
    assert ran.report.summary == "ab?c\ufffd"


async def test_a_report_after_a_flood_is_still_read(desk: Desk) -> None:
    flood = "import os\nfor _ in range(30): os.write(1, b'x' * 2**20)\n"
    code = f"{flood}print(); print({json.dumps(GOOD)!r})"
    ran = await desk.run(code, limits={"output": 1024})
    assert ran.report is not None
    assert len(ran.output.kept) == 1024
    assert ran.output.size > 30 * 2**20


@pytest.mark.parametrize(
    ("plant", "complaint"),
    [
        ("os.mkfifo(report)", "not a regular file"),
        ("os.mkdir(report)", "not a regular file"),
        ("os.symlink('/etc/passwd', report)", "cannot be read"),
        ("open(report, 'w').write(' ' * 2**21)", "longer than"),
    ],
)
async def test_a_report_file_that_is_a_trap_is_not_walked_into(
    desk: Desk, plant: str, complaint: str
) -> None:
    ran = await desk.run(f"import os; report = os.environ['SLIPWAY_REPORT']; {plant}")
    assert ran.error_type == "AgentReportError"
    assert ran.error_message is not None
    assert complaint in ran.error_message


def test_last_words_are_words_and_no_colours() -> None:
    coloured = b"\x1b]0;agent\x07\x1b[1;32mDone\x1b[0m: it adds." + b"\x1b[0m" * 1_000
    assert last_words(coloured) == "Done: it adds."
    assert first_words(coloured) == "Done: it adds."

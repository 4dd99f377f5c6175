"""Agents that are programs: good ones, and all the others."""

import asyncio
import json
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from tests.clients.agent_desk import GOOD, Desk
from tests.faults.patience import until


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


async def test_the_last_line_of_stdout_is_the_report(desk: Desk) -> None:
    ran = await desk.says(b"thinking\n{not this}\n" + json.dumps(GOOD).encode() + b"\n\n")
    assert ran.report is not None
    assert ran.report.summary == "done"
    assert ran.error_type is None
    assert ran.output.kept.startswith(b"thinking\n")


async def test_the_file_named_by_the_environment_comes_first(desk: Desk) -> None:
    code = (
        "import os, json\n"
        "with open(os.environ['SLIPWAY_REPORT'], 'w') as file:\n"
        "    report = {'status': 'blocked', 'summary': 's', 'question': 'which?'}\n"
        "    json.dump(report, file, indent=1)\n"
        "print('chatter')"
    )
    ran = await desk.run(code)
    assert ran.report is not None
    assert (ran.report.status, ran.report.question) == ("blocked", "which?")
    assert ran.error_type is None


async def test_the_brief_comes_on_stdin_and_as_a_file(desk: Desk) -> None:
    code = (
        "import json, os, sys\n"
        "said = sys.stdin.read()\n"
        "assert said == open(os.environ['SLIPWAY_BRIEF']).read()\n"
        "brief = json.loads(said)\n"
        "assert os.getcwd() == brief['workspace']\n"
        "assert os.environ['SLIPWAY_PHASE'] == brief['phase'] == 'CODE'\n"
        "assert os.environ['SLIPWAY_ISSUE_KEY'] == brief['ticket']['key']\n"
        "print(json.dumps({'status': 'completed', 'summary': brief['ticket']['description']}))"
    )
    ran = await desk.run(code)
    assert ran.error_message is None
    assert ran.report is not None
    assert ran.report.summary == desk.brief.ticket.description


async def test_only_named_variables_are_passed_on(desk: Desk) -> None:
    code = "import os; print(os.environ.get('TOKEN'), os.environ.get('OTHER'), os.environ['HOME'])"
    ran = await desk.run(code, prose=True, environment=["TOKEN", "NOT_THERE"])
    assert ran.report is not None
    token, other, home = ran.report.summary.split()
    assert (token, other) == ("t0p", "None")
    assert Path(home).is_relative_to(desk.scratch)


async def test_an_agent_in_prose_gets_a_prompt_and_its_last_words_count(desk: Desk) -> None:
    code = "import sys; print('x' * 5000); print(open(sys.argv[1]).read())"
    ran = await desk.run(code, "{prompt_file}", prose=True)
    assert ran.report is not None
    assert ran.report.status == "completed"
    assert "rm -rf" in ran.report.summary
    assert len(ran.report.summary) <= 2_000


async def test_an_agent_in_prose_that_exits_badly_failed(desk: Desk) -> None:
    ran = await desk.run("import sys; print('{}'); sys.exit('no credit')", prose=True)
    assert (ran.report, ran.error_type) == (None, "AgentFailedError")
    assert ran.error_message == "exit code 1: no credit"


async def test_nothing_is_left_in_the_scratch_folder(desk: Desk) -> None:
    await desk.says(b"")
    assert list(desk.scratch.iterdir()) == []


@pytest.mark.parametrize("name", ["no-such-agent", "/no/such/agent", "./agent", "a/b", "a\0b"])
async def test_a_program_that_is_not_there_is_named(desk: Desk, name: str) -> None:
    (desk.checkout / "agent").write_text("#!/bin/sh\n")
    (desk.checkout / "agent").chmod(0o700)
    ran = await desk.command(name)
    assert ran.error_type == "AgentNotFoundError"
    assert ran.error_message is not None
    assert repr(name) in ran.error_message


async def test_an_exit_code_beats_what_the_report_claims(desk: Desk) -> None:
    ran = await desk.run(f"import sys; print({json.dumps(json.dumps(GOOD))}); sys.exit(3)")
    assert ran.error_type == "AgentFailedError"
    assert ran.error_message == "exit code 3: done"
    assert ran.report is not None
    assert ran.report.status == "failed"


async def test_a_crash_is_told_by_the_end_of_its_stderr(desk: Desk) -> None:
    ran = await desk.run("import sys; sys.stderr.write('x' * 9000); raise KeyError('the cause')")
    assert ran.error_message is not None
    assert ran.error_message.startswith("exit code 1: ")
    assert ran.error_message.endswith("KeyError: 'the cause'")
    assert len(ran.error_message) <= 2_100


async def test_an_agent_that_says_it_failed_failed(desk: Desk) -> None:
    ran = await desk.says(b'{"status": "failed", "summary": "too hard"}')
    assert (ran.error_type, ran.error_message) == ("AgentFailedError", "too hard")


async def test_an_agent_that_hangs_is_stopped(desk: Desk) -> None:
    code = "import time; print('so far', flush=True); time.sleep(600)"
    time, said = timedelta(seconds=0.5), b""
    # A machine that is busy stops it before it has begun.
    while not said:
        ran = await desk.run(code, limits={"time": time})
        assert ran.error_type == "AgentTimeoutError"
        time, said = 2 * time, ran.output.kept
    assert said == b"so far\n"


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux has /proc")
async def test_an_agent_that_takes_all_memory_is_stopped(desk: Desk) -> None:
    code = "import os, time; os.fork(); os.fork(); x = b'x' * 50_000_000; time.sleep(600)"
    ran = await desk.run(code, limits={"memory": 2**27})
    assert ran.error_type == "AgentMemoryError"


async def test_cancellation_stops_the_agent_and_clears_up(desk: Desk) -> None:
    code = "import time; open('began', 'w').close(); time.sleep(600)"
    running = asyncio.create_task(desk.run(code))
    await until((desk.checkout / "began").exists, "the agent has begun")
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert list(desk.scratch.iterdir()) == []

"""`demo`, with its own gateway, on servers that are given."""

import subprocess
import sys

from tests.cli.person import ROOT, Person

# Tests run twice in it, and a gateway and two test runs share the machine with the suite.
PATIENCE = 120


def test_the_demo_is_approved_by_two_and_breaks_a_service_level(ann: Person) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "starter.py"), "demo", "--yes"],
        env=ann.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    said = " ".join(done.stdout.split())
    for shown in (
        "EXPLORE · triage: BUG, priority HIGH. Complexity 3 of 10. Route: normal",
        "invoices/money.py: says `amount`, `cent`, `rounded`",
        "3. A credit note is the exact mirror of its invoice: -3.125 becomes -3.13. in invoices/",
        "DOCUMENT · review: 2 files (1 docs, 1 source), 4 lines added, 2 removed",
    ):
        assert shown in said
    assert "Asked at gate plan: 2 of manager" in said
    assert "demo-reviewer@slipway.invalid, by a pull-request review" in said
    assert "demo-approver@slipway.invalid, at this terminal" in said
    assert "Service level broken in PLAN: “demo: a plan at once” promises 0.5 s" in said
    assert "Made up:" in said
    in_order = [
        said.index(words)
        for words in (
            "signed as GitHub does: the gateway answers 202",
            "gate plan: approved by one, others are asked",
            "--yes: approves as demo-approver@slipway.invalid",
            "INV-42, gate plan at ",
            "PLAN gate plan: approved (by demo-approver@slipway.invalid)",
        )
    ]
    assert in_order == sorted(in_order)
    own = f"{ann.environment['SLIPWAY_ORGANIZATION']}-demo"
    assert f"SLIPWAY_ORGANIZATION={own} starter.py status INV-42" in said
    assert (ann.reads("users", "list"), ann.reads("list")) == ([], [])
    assert "COMPLETED" in ann.says("status", "INV-42", SLIPWAY_ORGANIZATION=own).stdout


def test_the_demo_is_refused_in_production(ann: Person) -> None:
    refused = ann.says("demo", "--yes", SLIPWAY_ENV="production")
    assert refused.returncode == 2
    assert "The demo is refused in production" in refused.stderr

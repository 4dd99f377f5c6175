"""A scripted stand-in for a coding agent. There is no AI in here: it knows one ticket, INV-42.

It shows the machinery without a key, a model or a network. Like any agent it reads a brief as
JSON on stdin, edits the files in its working directory, and prints a report as the last line.
Its first attempt is a plausible mistake: adding half a cent and rounding down is right for
invoices and wrong for credit notes. The project's own tests find it, and FIX has to mend it.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

TICKET = "INV-42"
MONEY = Path("invoices/money.py")
CHANGELOG = Path("CHANGELOG.md")
CREDIT_NOTE = "credit_note"
ENTRY = f"- Amounts on half a cent are rounded away from zero, credit notes included ({TICKET}).\n"
Json = dict[str, Any]

AS_FOUND = """from decimal import Decimal

CENT = Decimal("0.01")


def rounded(amount: Decimal) -> Decimal:
    return amount.quantize(CENT)
"""
FIRST_ATTEMPT = '''from decimal import ROUND_FLOOR, Decimal

CENT = Decimal("0.01")


def rounded(amount: Decimal) -> Decimal:
    """Half a cent is rounded up."""
    return (amount + CENT / 2).quantize(CENT, rounding=ROUND_FLOOR)
'''
MENDED = '''from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def rounded(amount: Decimal) -> Decimal:
    """Half a cent is rounded away from zero, so that a credit note mirrors its invoice."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)
'''


def code(brief: Json) -> Json:
    return _replace(AS_FOUND, FIRST_ATTEMPT, "Half a cent is rounded up now.")


def fix(brief: Json) -> Json:
    """Decides by the failures of the last test run, and only by them."""
    failures = [test["name"] for test in (brief.get("last_tests") or {}).get("failures", [])]
    print(f"red: {', '.join(failures) or 'nothing'}")
    if not failures:
        return _report("No failing test is named in the brief.", status="failed")
    if not all(CREDIT_NOTE in name for name in failures):
        names = ", ".join(failures)
        return _blocked(f"I know how to mend credit notes, but these fail: {names}. What now?")
    done = "Negative amounts were rounded towards zero: they mirror positive ones now."
    return _replace(FIRST_ATTEMPT, MENDED, done)


def document(brief: Json) -> Json:
    text = CHANGELOG.read_text(encoding="utf-8")
    if ENTRY in text:
        return _report(f"{CHANGELOG} has the entry already.")
    heading = "## Unreleased\n\n"
    if heading not in text:
        return _blocked(f"{CHANGELOG} has no section Unreleased. Where does the entry belong?")
    CHANGELOG.write_text(text.replace(heading, heading + ENTRY, 1), encoding="utf-8")
    return _report(f"Added an entry to {CHANGELOG}.", changed=[CHANGELOG.as_posix()])


PHASES: dict[str, Callable[[Json], Json]] = {
    "CODE": code,
    "FIX": fix,
    "DOCUMENT": document,
}


def work(brief: Json) -> Json:
    key, phase = brief["ticket"]["key"], brief["phase"]
    print(f"scripted stand-in: {phase} of {key}, round {brief.get('round', 1)}")
    if key != TICKET:
        return _blocked(f"I am a script that knows {TICKET} alone. Who works on {key}?")
    if phase not in PHASES:
        return _report(f"A script has nothing to do in {phase}.", status="failed")
    return PHASES[phase](brief)


def _replace(before: str, after: str, done: str) -> Json:
    text = MONEY.read_text(encoding="utf-8")
    if after in text:
        return _report(f"{MONEY} is as it should be already.")
    if before not in text:
        return _blocked(f"{MONEY} is not as I know it. Was it changed by somebody else?")
    MONEY.write_text(text.replace(before, after, 1), encoding="utf-8")
    return _report(done, changed=[MONEY.as_posix()])


def _report(summary: str, changed: list[str] | None = None, status: str = "completed") -> Json:
    return {"status": status, "summary": summary, "files_changed": changed or []}


def _blocked(question: str) -> Json:
    return {"status": "blocked", "summary": "Stopped to ask.", "question": question}


if __name__ == "__main__":
    print(json.dumps(work(json.load(sys.stdin))))

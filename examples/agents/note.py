"""A first agent of one's own: notes each ticket in the repository's change log."""

import json
import sys
from pathlib import Path

brief = json.load(sys.stdin)
ticket = brief["ticket"]
entry = f"* {ticket['key']}: {ticket['title']}\n"
log = Path("CHANGELOG.md")
before = log.read_text(encoding="utf-8") if log.exists() else ""

if entry in before:
    report = {"status": "completed", "summary": "The ticket was noted before."}
elif brief["phase"] == "DOCUMENT":
    log.write_text(before + entry, encoding="utf-8")
    report = {"status": "completed", "summary": f"Noted {ticket['key']} in the change log."}
else:
    report = {"status": "blocked", "summary": "Not yet.", "question": "Is the work done already?"}
print(json.dumps(report))

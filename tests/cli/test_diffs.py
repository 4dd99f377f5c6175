"""A change, as the terminal shows it."""

from cli.diffs import Changed, lines
from contracts.approval_links import ChangeSoFar, FileChange
from contracts.levels import Risk
from contracts.risk import Assessment

BIDI = "+access = '\u202euser'"
DIFF = f"--- a/login.py\n+++ b/login.py\n@@ -1 +1 @@\n\t{BIDI}\n{BIDI}"


def changed() -> Changed:
    change = ChangeSoFar(
        files=(
            FileChange(path="login\x1b[31m.py", added=2, deleted=0),
            FileChange(path="logo.png", added=None, deleted=None),
        ),
        diff=DIFF,
        cut=True,
        assessment=Assessment(risk=Risk.HIGH, clean=False, reasons=("touches security: login.py",)),
    )
    told = {"issue_key": "INV-1", "attempt": 1, "branch": "slipway/INV-1", "repo_url": "/repo"}
    return Changed.model_validate({**told, "base": "b" * 40, "commit": "c" * 40, "change": change})


def test_a_change_is_shown_by_risk_file_and_line_and_hides_nothing() -> None:
    shown = [line.plain for line in lines(changed(), whole=True)]
    assert shown[:4] == [
        "slipway/INV-1 at cccccccccc",
        "risk high: touches security: login.py",
        "         +2 -0  login [31m.py",
        "        binary  logo.png",
    ]
    assert shown[-2:] == [
        "+access = '⟨U+202E⟩user'",
        "It is longer than this. All of it: git -C /repo log slipway/INV-1",
    ]


def test_the_files_alone_come_without_a_diff() -> None:
    assert [line.plain for line in lines(changed(), whole=False)][-1].endswith("logo.png")

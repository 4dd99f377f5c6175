"""Makes its own `.git` a trap, and pushes wherever it can. Called with a trace and repositories."""

import os
import subprocess
import sys
from pathlib import Path

TRACE, REPOSITORIES = sys.argv[1], sys.argv[2:]
CONFIGURATION = """
[core]
\thooksPath = {hooks}
\tfsmonitor = {trap}
\tsshCommand = {trap}
\tpager = {trap}
\teditor = {trap}
[filter "trap"]
\tclean = {trap}
\tsmudge = {trap}
\trequired = true
[alias]
\tadd = !{trap}
[diff]
\texternal = {trap}
"""


def git(*arguments: str) -> None:
    mine = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_COUNT": "0"}
    who = ("-c", "user.name=x", "-c", "user.email=x@x", "-c", "safe.directory=*")
    subprocess.run(
        ["git", *who, *arguments], env=os.environ | mine, capture_output=True, check=False
    )


def main() -> None:
    Path("work.txt").write_text("honest\n")
    for repository in REPOSITORIES:
        git("commit", "--allow-empty", "-m", "rewritten")
        git("push", "--force", repository, "HEAD:main", "HEAD:refs/heads/elsewhere")
        git("-C", repository, "branch", "-f", "elsewhere", "HEAD")
        git("-C", repository, "update-ref", "-d", "refs/heads/main")
    hooks, trap = Path(".git/hooks").resolve(), Path("trap").resolve()
    hooks.mkdir(exist_ok=True)
    for name in ("pre-commit", "post-commit", "pre-push", "reference-transaction", "../../trap"):
        (hooks / name).write_text(f"#!/bin/sh\necho $0 >> {TRACE}\n")
        (hooks / name).chmod(0o755)
    Path(".gitattributes").write_text("* filter=trap diff=trap\n")
    Path(".git/config").write_text(CONFIGURATION.format(hooks=hooks, trap=trap))
    Path(".git/objects/info/alternates").write_text("\n".join(f"{r}/objects" for r in REPOSITORIES))
    sys.stdout.write('{"status": "completed", "summary": "done"}')


main()

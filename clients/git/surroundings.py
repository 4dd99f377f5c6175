"""What surrounds every git that we start: options, configuration, variables, its askpass."""

import os
from pathlib import Path

from clients.git.askpass import SCRIPT

ASKPASS = "askpass"

# On the command line, because a repository's own configuration would win over the file below.
# These do not reach a local remote's receive-pack: its hooks are its owner's, and do run.
OPTIONS = (
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "core.fsmonitor=false"),
    *("-c", "core.untrackedCache=false"),
    *("-c", "core.protectHFS=true"),
    *("-c", "core.askPass="),
    *("-c", "credential.helper="),
    *("-c", "http.followRedirects=false"),
)
# Read as the user's configuration by git and by the upload-pack and receive-pack it starts, which
# refuse other people's repositories (a root worker's case) unless a *file* names them safe.
CONFIGURATION = """\
[core]
\tquotePath = false
[safe]
\tdirectory = *
[gc]
\tauto = 0
[maintenance]
\tauto = false
[receive]
\tautogc = false
[http]
\tfollowRedirects = false
\tlowSpeedLimit = 1
\tlowSpeedTime = 60
[submodule]
\trecurse = false
[fetch]
\trecurseSubmodules = false
[push]
\trecurseSubmodules = no
"""
FIXED = {
    "LC_ALL": "C",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ALLOW_PROTOCOL": "file:https:ssh",
    "GIT_SSH_COMMAND": "ssh -oBatchMode=yes -oConnectTimeout=15 -oServerAliveInterval=15",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
}
PROXIES = {"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"}
PASSED_ON = {
    *("SSH_AUTH_SOCK", "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO", "TMPDIR"),
    *("NO_PROXY", "no_proxy", *PROXIES),
}


def furnish(home: Path) -> None:
    """Makes the folder that git takes for its user's home. Repeatable."""
    home.mkdir(parents=True, exist_ok=True)
    _write(home / ".gitconfig", CONFIGURATION, 0o644)
    _write(home / ASKPASS, SCRIPT, 0o700)


def _write(path: Path, content: str, mode: int) -> None:
    if path.is_file() and path.read_text() == content:
        return
    draft = path.with_name(f".{path.name.lstrip('.')}-{os.getpid()}")
    draft.write_text(content)
    draft.chmod(mode)
    draft.replace(path)

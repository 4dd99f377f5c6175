"""Who signs a commit as what."""

import re
from dataclasses import dataclass
from datetime import datetime

COMMITTER = ("Slipway", "slipway@slipway.invalid")


@dataclass(frozen=True)
class CommitSignature:
    """`when` must carry a time zone; git keeps the second."""

    author: str
    when: datetime

    def variables(self) -> dict[str, str]:
        """For git's environment. Characters that can't stand in an address become dashes."""
        if self.when.tzinfo is None:
            raise ValueError("the time of a commit needs a time zone")
        name = re.sub(r"[^\w.-]+", "-", self.author).strip("-.") or "agent"
        date = f"@{int(self.when.timestamp())} +0000"
        return {
            "GIT_AUTHOR_NAME": name,
            "GIT_AUTHOR_EMAIL": f"{name}@slipway.invalid",
            "GIT_AUTHOR_DATE": date,
            "GIT_COMMITTER_NAME": COMMITTER[0],
            "GIT_COMMITTER_EMAIL": COMMITTER[1],
            "GIT_COMMITTER_DATE": date,
        }

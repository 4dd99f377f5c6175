"""What the demo says at its end of approvals, service levels, and what was made up."""

from collections.abc import Iterable, Iterator

from rich.text import Text

from cli.terminal import elapsed, plain
from contracts.approvals import DecisionChannel
from contracts.events import ApprovalGranted, ApprovalRequested, SlaViolated
from contracts.ledger import ChainedEvent

WAYS = {
    DecisionChannel.CLI: "at this terminal",
    DecisionChannel.GIT: "by a pull-request review, sent to the gateway over HTTP",
}
HONEST = (
    "Made up: the agent is a script, and the approvers are nobody; the review came from this "
    "command, not from GitHub. Real: the servers, the repository, the signature and its check, "
    "both voices, and the clock."
)


def approvals(events: Iterable[ChainedEvent]) -> Iterator[Text]:
    for chained in events:
        match chained.event:
            case ApprovalRequested(gate=gate) as asked:
                yield Text(f"Asked at gate {gate.name}: {plain(asked.words(), 100)}")
            case ApprovalGranted(channel=channel, verified=verified):
                who = chained.actor.email or chained.actor.id or "a rule"
                known = "; the channel vouched for it" if verified else ""
                yield Text(f"  approved by {plain(who, 100)}, {WAYS.get(channel, channel)}{known}")


def service_levels(events: Iterable[ChainedEvent]) -> Iterator[Text]:
    for chained in events:
        if isinstance(broken := chained.event, SlaViolated):
            yield Text(
                f"Service level broken in {chained.phase}: “{plain(broken.sla, 100)}” promises "
                f"{elapsed(broken.target)}; after {elapsed(broken.actual)} it was not done",
                "yellow",
            )

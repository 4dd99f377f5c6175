"""Everything that is measured of webhooks."""

from bench.figures import Figure
from bench.plan import Plan
from bench.stage import Stores
from bench.webhooks.accepted import accepted
from bench.webhooks.processed import processed
from bench.webhooks.rows import rows


async def webhooks(stores: Stores, plan: Plan) -> list[Figure]:
    return [
        *await accepted(stores, plan),
        *await processed(stores, plan),
        *await rows(stores, plan),
    ]

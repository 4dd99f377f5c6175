"""`python -m bench`: measures, prints a table, exits 1 when a target is missed."""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from bench.costs import costs
from bench.figures import Figure, table
from bench.killing import killing
from bench.plan import QUICK, Plan
from bench.speed import speed
from bench.stage import Stores, open_stores
from bench.starting import starting
from bench.waiting import waiting
from bench.webhooks.all import webhooks
from db.verification import verify_ledger

Set = Callable[[Stores, Plan], Awaitable[list[Figure]]]
SETS: Mapping[str, Set] = {
    "speed": speed,
    "costs": lambda stores, _: costs(stores),
    "killing": killing,
    "waiting": waiting,
    "webhooks": webhooks,
}
STARTING = "starting"


async def measure(folder: Path, plan: Plan, chosen: Sequence[str]) -> list[Figure]:
    """Raises RuntimeError when the ledger does not hold in the end: then speed is worth nothing."""
    figures = []
    if STARTING in chosen:
        figures += await asyncio.to_thread(starting, folder)
    async with open_stores(folder) as stores:
        for name, measured in SETS.items():
            if name in chosen:
                figures += await measured(stores, plan)
        different = await verify_ledger(stores.sessions)
    if different is not None:
        raise RuntimeError(f"the ledger does not hold: {different}")
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a minute, and coarse")
    parser.add_argument("--json", action="store_true", help="figures as JSON instead of a table")
    every = [STARTING, *SETS]
    parser.add_argument("--only", action="append", choices=every, help="this set; can be repeated")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="slipway-bench-") as folder:
        # Servers that run as another user must get in.
        Path(folder).chmod(0o755)
        plan = QUICK if options.quick else Plan()
        figures = asyncio.run(measure(Path(folder), plan, options.only or every))
    if options.json:
        print(json.dumps([figure.model_dump() for figure in figures], indent=2))
    else:
        print(table(figures))
    return 1 if any(figure.met is False for figure in figures) else 0


if __name__ == "__main__":
    sys.exit(main())

"""`python -m bench`: measures, prints a table, exits 1 when a target is missed."""

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path

from bench.costs import costs
from bench.figures import Figure, table
from bench.killing import killing
from bench.plan import QUICK, Plan
from bench.speed import speed
from bench.stage import open_stores
from bench.starting import starting
from bench.waiting import waiting
from db.verification import verify_ledger


async def measure(folder: Path, plan: Plan) -> list[Figure]:
    """Raises RuntimeError when the ledger does not hold in the end: then speed is worth nothing."""
    ready = await asyncio.to_thread(starting, folder)
    async with open_stores(folder) as stores:
        figures = [
            *ready,
            *await speed(stores, plan),
            *await costs(stores),
            *await killing(stores, plan),
            *await waiting(stores, plan),
        ]
        different = await verify_ledger(stores.sessions)
    if different is not None:
        raise RuntimeError(f"the ledger does not hold: {different}")
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a minute, and coarse")
    parser.add_argument("--json", action="store_true", help="figures as JSON instead of a table")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="slipway-bench-") as folder:
        # Servers that run as another user must get in.
        Path(folder).chmod(0o755)
        figures = asyncio.run(measure(Path(folder), QUICK if options.quick else Plan()))
    if options.json:
        print(json.dumps([figure.model_dump() for figure in figures], indent=2))
    else:
        print(table(figures))
    return 1 if any(figure.met is False for figure in figures) else 0


if __name__ == "__main__":
    sys.exit(main())

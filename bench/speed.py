"""Speed against the references, in alternating sets on servers that hold nothing else."""

from collections import defaultdict

from bench.figures import Figure, median
from bench.plan import Plan
from bench.sets import at_once, contenders, one_by_one
from bench.stage import Stage, Stores, open_stage

A, B = "reference A (six activities)", "reference B (six + six)"


class Measured:
    def __init__(self) -> None:
        self.rates: dict[str, list[float]] = defaultdict(list)
        self.times: dict[str, list[float]] = defaultdict(list)
        self.worker: dict[str, list[float]] = defaultdict(list)


async def speed(stores: Stores, plan: Plan) -> list[Figure]:
    measured = Measured()
    for turn in range(plan.turns):
        async with open_stage(stores) as stage:
            await _alternate(stage, plan, turn, measured)
    return _figures(measured)


async def _alternate(stage: Stage, plan: Plan, turn: int, measured: Measured) -> None:
    """Each turn begins with another contender, so that none is always the first or the last."""
    all_ = contenders(stage)
    order = all_[turn % 3 :] + all_[: turn % 3]
    async with stage.product() as product, stage.reference() as reference:
        for contender in order:
            await at_once(contender, plan.warm_up)
        # One of each in turn: noise of the machine then meets all of them alike.
        for _ in range(plan.singles):
            for contender in order:
                measured.times[contender.name] += await one_by_one(contender, 1)
        for contender in order:
            process = product if contender.name == "product" else reference
            before = process.cpu()
            measured.rates[contender.name].append(await at_once(contender, plan.at_once))
            after = process.cpu()
            if before is not None and after is not None:
                used = 1000 * (after - before) / plan.at_once
                measured.worker[contender.name].append(used)


def _figures(measured: Measured) -> list[Figure]:
    rates, times, worker = measured.rates, measured.times, measured.worker
    ours, a, b = rates["product"], rates["A"], rates["B"]
    to_a = [one / other for one, other in zip(ours, a, strict=True)]
    to_b = [one / other for one, other in zip(ours, b, strict=True)]
    slower = [one / other for one, other in zip(times["product"], times["A"], strict=True)]
    figures = [
        median("many at once: product", ours, "runs/s"),
        median(f"many at once: {A}", a, "runs/s"),
        median(f"many at once: {B}", b, "runs/s"),
        median("many at once: product / A", to_a, at_least=0.8),
        median("many at once: product / B", to_b, at_least=1.25),
        median("one at a time: product", [1000 * one for one in times["product"]], "ms"),
        median(f"one at a time: {A}", [1000 * one for one in times["A"]], "ms"),
        median("one at a time: product / A", slower, at_most=1.3),
    ]
    if worker:
        figures += [
            median("worker's processor time per run: product", worker["product"], "ms"),
            median(f"worker's processor time per run: {A}", worker["A"], "ms"),
        ]
    return figures

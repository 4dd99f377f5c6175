"""Whether later tickets can learn anything from how one went."""

from collections.abc import Iterable

from contracts.agents import PhaseSummary
from contracts.jira_work import PhaseProgress
from contracts.orchestrations import Opening
from contracts.phases import CHANGING, Phase, PhaseStatus


def is_lesson(
    opening: Opening, story: Iterable[PhaseProgress], summaries: Iterable[PhaseSummary]
) -> bool:
    """Not where the work came to CODE or FIX and nobody was there to change anything: that tests
    were green, or stayed red, says nothing of such tickets then."""
    worked = {told.phase for told in story if told.status is not PhaseStatus.SKIPPED}
    if opening.restored is not None:
        worked.update(list(Phase)[: opening.restored.state.phase.place + 1])
    changing = worked.intersection(CHANGING)
    steps = [step for step in opening.playbook.phases if step.phase in changing]
    coded = any(one.phase in CHANGING for one in summaries)
    return coded or not steps or any(step.agents for step in steps)

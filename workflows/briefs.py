"""What an agent's run is told, and the key of its effect."""

from contracts.agents import AgentRun, Workplace
from contracts.playbooks import AgentSpec
from policy.phases import Step
from workflows.progress import Progress


def run_of(progress: Progress, agent: AgentSpec, step: Step, guidance: tuple[str, ...]) -> AgentRun:
    opening = progress.opening
    return AgentRun(
        workplace=Workplace(
            organization_id=opening.organization_id,
            orchestration_id=opening.orchestration_id,
            attempt=opening.attempt,
            repo_url=opening.repo_url,
            branch=progress.branch,
            start_commit=opening.start_commit,
        ),
        ticket=opening.ticket,
        agent=agent,
        phase=step.phase,
        round=step.round,
        step=step_name(progress, agent, step),
        base_commit=progress.commit,
        settings=opening.settings,
        guidance=guidance,
        earlier=tuple(progress.summaries),
        answers=tuple(progress.answers),
        last_tests=progress.last_tests,
        similar=opening.similar,
        precedent=opening.precedent,
    )


def step_name(progress: Progress, agent: AgentSpec, step: Step) -> str:
    """The business key of the agent's effect: a repeated try has the same one, a new round, an
    answered question, a raised budget or a reset a new one."""
    name = f"{step.phase}/{step.round}/{agent.name}"
    if progress.answers:
        name += f"/{len(progress.answers)}"
    if progress.budget.again:
        name += f"/again-{progress.budget.again}"
    return f"reset-{progress.resets}/{name}" if progress.resets else name

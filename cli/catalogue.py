"""Every command: its name, what help says of it in a line, and where it is written."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """`place` is `module:function`. Only the command that is called is loaded from there."""

    told: str
    place: str


@dataclass(frozen=True)
class Group:
    """`shows` is the command that is meant where none of the group's is named."""

    told: str
    commands: "Catalogue"
    shows: str | None = None


Catalogue = dict[str, Command | Group]

TRIAGE: Catalogue = {
    "ticket": Command("Triage a ticket out of a file.", "cli.triage_runs:ticket"),
    "list": Command("The newest tickets that were taken up.", "cli.triage:list_"),
    "retry": Command(
        "Triage a ticket again that failed, or whose run was lost.", "cli.triage_runs:retry"
    ),
    "stats": Command(
        "How many tickets were triaged, by whom, and how many came out well.", "cli.triage:stats"
    ),
    "health": Command("OK or DEGRADED, exit code 0 or 1.", "cli.triage_health:health"),
}

ENDPOINT: Catalogue = {
    "add": Command("Make or change an endpoint.", "cli.endpoints:add"),
    "remove": Command("Tell this endpoint nothing more.", "cli.endpoints:remove"),
    "list": Command("The endpoints that are told.", "cli.endpoints:list_"),
}

USERS: Catalogue = {
    "add": Command("Make somebody a member.", "cli.users:add"),
    "link": Command("Say whose an account elsewhere is.", "cli.users:link"),
    "list": Command("All members.", "cli.users:list_"),
    "role": Command("Give somebody another role.", "cli.users:role"),
}

TEAMS: Catalogue = {
    "add": Command("Make a team, or change one.", "cli.teams:add"),
    "list": Command("All teams, with members and sprints.", "cli.teams:list_"),
    "members": Command("Who is in a team; with EMAIL, put somebody in.", "cli.teams:members"),
    "capacity": Command(
        "What teams have free; with NAME SPRINT --hours --from --to, plan a sprint.",
        "cli.teams:capacity",
    ),
}

BUDGET: Catalogue = {
    "show": Command(
        "What may be used today and what was; with KEY, that of a ticket's newest attempt.",
        "cli.budgets:show",
    ),
    "set": Command("Cap what the organization may use in a day (UTC).", "cli.budgets:set_"),
    "raise": Command("Grant more to work that waits for it, or ahead.", "cli.budget_raises:raise_"),
    "refuse": Command("Grant nothing more: the work ends as failed.", "cli.budget_raises:refuse"),
}

AGENT: Catalogue = {
    "run": Command("Let one agent work one ticket in a checkout.", "cli.agents:run"),
    "forget": Command(
        "Forget what a cacheable agent answered, so that it works the next time.",
        "cli.agent_memory:forget",
    ),
    "schema": Command(
        "Print the JSON Schema of what an agent is given, answers, or says while it works.",
        "cli.agents:schema",
    ),
}

PROJECT: Catalogue = {
    "list": Command("All projects.", "cli.projects:list_"),
    "show": Command(
        "One project, and whether a credential is stored for its repository.", "cli.projects:show"
    ),
    "credential": Command(
        "Store the token for a project's https repository.", "cli.projects:credential"
    ),
    "approvals": Command(
        "What the project asks at gates; with --gate, changes it.",
        "cli.project_approvals:approvals",
    ),
}

SLA: Catalogue = {
    "show": Command("Service levels: what is running, left and broken.", "cli.sla:sla"),
    "definitions": Command(
        "All service levels, those that are disabled too.", "cli.sla_terms:definitions"
    ),
    "define": Command(
        "Make a service level, or change what is named here.", "cli.sla_terms:define"
    ),
    "disable": Command("Time no ticket by it that is opened from now on.", "cli.sla_terms:disable"),
    "calendars": Command("All business calendars.", "cli.sla_calendars:calendars"),
    "calendar": Command(
        "Make a calendar, or change what is named here.", "cli.sla_calendars:calendar"
    ),
}

NOTIFICATIONS: Catalogue = {
    "show": Command(
        "The newest messages to people, and what became of them.", "cli.notifications:notifications"
    ),
    "routes": Command("Which event is told where.", "cli.routes:routes"),
    "route": Command("Add a route, change how it tells, or take it out.", "cli.routes:route"),
}

WEBHOOKS_ENDPOINT: Catalogue = {
    "add": Command("Open /webhooks/SOURCE or /webhooks/SOURCE/KEY.", "cli.webhooks.endpoints:add"),
    "rotate": Command("A new secret, on standard input.", "cli.webhooks.endpoints:rotate"),
    "list": Command("The paths by which webhooks come in.", "cli.webhooks.endpoints:list_"),
}

WEBHOOKS: Catalogue = {
    "list": Command("What came in, the newest first.", "cli.webhooks.deliveries:list_"),
    "show": Command("One delivery, with its payload.", "cli.webhooks.deliveries:show_"),
    "failed": Command(
        "The dead letters: what could not be read, or not be carried out.",
        "cli.webhooks.deliveries:failed",
    ),
    "replay": Command(
        "Process a delivery once more, or all that failed since.", "cli.webhooks.replays:replay"
    ),
    "send": Command(
        "Sign a payload with the endpoint's secret, post it to the gateway, say what it answers.",
        "cli.webhooks.trials:send",
    ),
    "recover": Command("Take in what GitHub delivered in vain.", "cli.webhooks.recovery:recover"),
    "endpoint": Group("Where it comes in.", WEBHOOKS_ENDPOINT),
}

COMMANDS: Catalogue = {
    "work": Command(
        "Work a ticket. Makes project and ticket where there are none.", "cli.work:work"
    ),
    "status": Command("Where a ticket is.", "cli.orchestrations:status"),
    "watch": Command("See a ticket being worked until it is over.", "cli.viewing:watch"),
    "list": Command("The newest attempts at all tickets.", "cli.attempts:list_"),
    "history": Command(
        "What happened in the newest attempt, from the ledger.", "cli.orchestrations:history"
    ),
    "stats": Command(
        "Agents in figures: today's as they happen, and all that were ever kept.", "cli.stats:stats"
    ),
    "patterns": Command(
        "Kinds of finished work, and how often they went well.", "cli.patterns:patterns"
    ),
    "diff": Command("What the work on a ticket has changed so far.", "cli.diffs:diff"),
    "output": Command(
        "What an agent has printed: that of the newest run, unless another one is named.",
        "cli.outputs:output",
    ),
    "why": Command("What a ticket waits for, on whom, since when.", "cli.reasons:why"),
    "approvals": Command(
        "What waits for a decision, the nearest deadline first.", "cli.open_gates:approvals"
    ),
    "approve": Command("Approve what is asked at the open gate.", "cli.approvals:approve"),
    "reject": Command("Say no: the work ends as failed.", "cli.approvals:reject"),
    "request-changes": Command(
        "Send it back: the phase is worked again with your comment.",
        "cli.approvals:request_changes",
    ),
    "delegate": Command(
        "Let somebody else decide in your place, for at most 30 days.", "cli.approvals:delegate"
    ),
    "ticket": Command(
        "What a ticket says, its status, where it shows in git, its checks and comments.",
        "cli.ticket_pages:ticket",
    ),
    "edit": Command("Change a ticket's title, text, type or priority.", "cli.ticket_edits:edit"),
    "guide": Command("Hand text to the next agent that begins.", "cli.messages:guide"),
    "answer": Command("Answer the oldest open question of an agent.", "cli.messages:answer"),
    "pause": Command("Rest after the running phase.", "cli.messages:pause"),
    "resume": Command("Go on after a pause.", "cli.messages:resume"),
    "skip": Command("Leave out a phase that has not begun.", "cli.messages:skip"),
    "acknowledge": Command(
        "Say that you know what is late, or soon will be.", "cli.messages:acknowledge"
    ),
    "cancel": Command("End the work; what is on the branch stays there.", "cli.messages:cancel"),
    "resend": Command(
        "Deliver a message that failed, or all that did; start a delivery that was lost.",
        "cli.resends:resend",
    ),
    "simulate": Command(
        "Try a playbook's gates and service levels, without working anything.",
        "cli.simulate:simulate",
    ),
    "setup": Command(
        "Migrate and seed the database, register search attributes and schedules.",
        "cli.setup:setup",
    ),
    "reconcile": Command(
        "End what was terminated, and is ACTIVE in the tables still.", "cli.reconcile:reconcile"
    ),
    "demo": Command(
        "Work the example ticket: a scripted agent, real servers, a real repository.",
        "cli.demo:demo",
    ),
    "triage": Group("Customers' tickets.", TRIAGE),
    "endpoint": Group("Where messages go.", ENDPOINT),
    "users": Group("People, their roles, and their accounts elsewhere.", USERS),
    "teams": Group("Teams: skills, members, capacity.", TEAMS),
    "budget": Group("What may be used, and who grants more.", BUDGET),
    "agent": Group("For those who write agents.", AGENT),
    "project": Group("Repositories, and what opens the private ones.", PROJECT),
    "sla": Group(
        "Service levels: `sla [KEY]` shows what is running, left and broken.", SLA, "show"
    ),
    "notifications": Group(
        "Messages: `notifications` shows the newest, `--failed` what was lost.",
        NOTIFICATIONS,
        "show",
    ),
    "webhooks": Group("What comes in from outside.", WEBHOOKS),
}

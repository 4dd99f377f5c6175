"""The built-in rules for customers' tickets: what they are about, how urgent, who should look."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from contracts.issues import Priority
from contracts.text import clipped, one_line
from contracts.triage import (
    MAX_SUMMARY,
    REPLIES,
    HandlingMode,
    InternalAction,
    SupportTicket,
    TicketType,
    TriageResult,
)

RULES = "built-in rules"
BY_RULES = "Made by the built-in rules, which match English words: no language model is configured."
BY_SECURITY = "It sounds like security: the reply says little, and security should look first."
SPARSE_REPLY = (
    "Thank you for telling us. Our security team will look at this and will get back to you."
)
ASKED = (
    "What did you do, step by step?",
    "What did you expect, and what happened instead?",
    "When did it happen, and for whom?",
)
FEWEST_WORDS = 5
SECURITY = re.compile(
    r"\b(vulnerabilit\w*|exploit\w*|cve-\d{4}-\d+|xss|csrf|ssrf|rce|sql\s*injection|"
    r"(?:data|security|privacy)\s+(?:breach|leak|incident|issue|hole|flaw|bug)\w*|"
    r"breach(?:ed)?|hacked|hacker\w*|compromised|phishing|malware|ransomware|"
    r"unauthori[sz]ed\s+(?:access|login|charge)\w*|account\s+takeover|"
    r"leaked?\s+(?:\w+\s+){0,2}(?:passwords?|credentials?|keys?|tokens?|data)|"
    r"(?:other|another|someone)\s+(?:\w+\s+){0,2}(?:customers?|users?|else)['\u2019]?s?\s+"
    r"(?:data|account|invoices?|files?)|bug\s+bounty|responsible\s+disclosure|gdpr)\b",
    re.IGNORECASE,
)
# The first that matches names the type: what hurts most comes first.
WORDS: Mapping[TicketType, re.Pattern[str]] = MappingProxyType(
    {
        kind: re.compile(rf"\b(?:{words})\b", re.IGNORECASE)
        for kind, words in {
            TicketType.SPAM: r"seo services|casino|crypto giveaway|backlinks|unsubscribe here",
            TicketType.OUTAGE: r"outage|down for (?:everyone|all)|(?:site|service|system|"
            r"everything|production) is down|completely down|502|503|not reachable|unreachable",
            TicketType.BILLING: r"invoices?|billing|billed|charged?|refund\w*|payments?|"
            r"credit card|subscription|vat",
            TicketType.ACCOUNT: r"log ?in|sign ?in|password|locked out|account|two.factor|2fa|sso",
            TicketType.BUG: r"bug|error\w*|crash\w*|broken|fails?|failed|doesn.?t work|"
            r"not working|exception|wrong|stopped working|data loss|lost (?:my|our|all)",
            TicketType.FEATURE_REQUEST: r"feature|would be (?:nice|great)|please add|"
            r"could you add|support for|wish|suggestion",
            TicketType.FEEDBACK: r"thank you|thanks|love|great (?:work|job|product)|feedback",
            TicketType.QUESTION: r"how (?:do|can|to)|is it possible|can i|what is|where|why|when",
        }.items()
    }
)
URGENT = re.compile(
    r"\b(urgent\w*|asap|immediately|critical|emergency|data loss|blocker|blocked|"
    r"can.?t work|lost (?:my|our|all))\b",
    re.IGNORECASE,
)
IMPORTANT = frozenset({"enterprise", "premium", "platinum", "gold", "business"})
ACTIONS: Mapping[TicketType, InternalAction] = MappingProxyType(
    {
        TicketType.OUTAGE: InternalAction.ESCALATE_TO_ON_CALL,
        TicketType.SECURITY: InternalAction.ESCALATE_TO_SECURITY,
        TicketType.BUG: InternalAction.INVESTIGATE,
        TicketType.BILLING: InternalAction.CHECK_BILLING,
        TicketType.ACCOUNT: InternalAction.CHECK_ACCOUNT,
        TicketType.FEATURE_REQUEST: InternalAction.FORWARD_TO_PRODUCT,
        TicketType.FEEDBACK: InternalAction.FORWARD_TO_PRODUCT,
        TicketType.QUESTION: InternalAction.NONE,
        TicketType.OTHER: InternalAction.INVESTIGATE,
        TicketType.SPAM: InternalAction.NONE,
    }
)
ANSWERS: Mapping[TicketType, str] = MappingProxyType(
    {
        TicketType.OUTAGE: "We are looking into it right now and will keep you informed.",
        TicketType.SECURITY: "Our security team will look at it.",
        TicketType.BUG: "We will look into what you describe and tell you what we find.",
        TicketType.BILLING: "We will check this with our billing team and come back to you.",
        TicketType.ACCOUNT: "We will check your account and come back to you.",
        TicketType.FEATURE_REQUEST: "We have passed your idea on to the people who plan our work.",
        TicketType.FEEDBACK: "Your words have been passed on to the team.",
        TicketType.QUESTION: "A colleague will answer your question shortly.",
        TicketType.OTHER: "A colleague will look at it and come back to you.",
    }
)
ORDER = tuple(Priority)  # The most urgent first.


def assess(ticket: SupportTicket) -> TriageResult:
    """The rules' own result, which says that it is theirs."""
    kind = kind_of(ticket)
    mode = _mode(ticket, kind)
    asking = mode is HandlingMode.REQUEST_MORE_INFO
    result = TriageResult(
        priority=_priority(ticket, kind),
        handling_mode=mode,
        recommended_internal_action=InternalAction.NONE if asking else ACTIONS[kind],
        ticket_type=kind,
        customer_summary=_summary(ticket),
        reply_draft=_reply(kind, mode) if mode in REPLIES else None,
        questions=ASKED if asking else (),
        notes=(BY_RULES,),
        confidence=0.3 if kind is TicketType.OTHER else 0.5,
    )
    return guarded(ticket, result)


def guarded(ticket: SupportTicket, result: TriageResult) -> TriageResult:
    """Whoever made the result: a ticket that sounds like security gets a minimal reply, and is
    escalated. A model, or the ticket's own words, can't talk that away."""
    if not (sounds_like_security(ticket) or result.ticket_type is TicketType.SECURITY):
        return result
    return TriageResult(
        priority=min(result.priority, Priority.HIGH, key=ORDER.index),
        handling_mode=HandlingMode.REPLY_AND_INTERNAL_FOLLOWUP,
        recommended_internal_action=InternalAction.ESCALATE_TO_SECURITY,
        ticket_type=TicketType.SECURITY,
        customer_summary=result.customer_summary,
        reply_draft=SPARSE_REPLY,
        notes=tuple(dict.fromkeys((BY_SECURITY, *result.notes)))[:10],
        confidence=result.confidence,
    )


def sounds_like_security(ticket: SupportTicket) -> bool:
    return SECURITY.search(_text(ticket)) is not None


def kind_of(ticket: SupportTicket) -> TicketType:
    if sounds_like_security(ticket):
        return TicketType.SECURITY
    text = _text(ticket)
    found = (kind for kind, words in WORDS.items() if words.search(text))
    return next(found, TicketType.OTHER)


def _text(ticket: SupportTicket) -> str:
    # Letters that nobody sees must not hide a word from the rules.
    text = f"{ticket.subject}\n{ticket.body}"
    return "".join(letter for letter in text if letter.isprintable() or letter.isspace())


def _mode(ticket: SupportTicket, kind: TicketType) -> HandlingMode:
    if kind is TicketType.SPAM:
        return HandlingMode.NO_ACTION
    if kind in (TicketType.BUG, TicketType.OTHER) and len(_text(ticket).split()) < FEWEST_WORDS:
        return HandlingMode.REQUEST_MORE_INFO
    if ACTIONS[kind] is InternalAction.NONE:
        return HandlingMode.REPLY_ONLY
    return HandlingMode.REPLY_AND_INTERNAL_FOLLOWUP


def _priority(ticket: SupportTicket, kind: TicketType) -> Priority:
    if kind in (TicketType.OUTAGE, TicketType.SECURITY):
        return Priority.CRITICAL if kind is TicketType.OUTAGE else Priority.HIGH
    if kind in (TicketType.SPAM, TicketType.FEEDBACK, TicketType.FEATURE_REQUEST):
        return Priority.LOW
    steps = int(URGENT.search(_text(ticket)) is not None)
    steps += int((ticket.tier or "") in IMPORTANT)
    return ORDER[max(ORDER.index(Priority.MEDIUM) - steps, 0)]


def _summary(ticket: SupportTicket) -> str:
    said = one_line(ticket.subject) or one_line(ticket.body) or "A ticket without words."
    return clipped(said, MAX_SUMMARY)


def _reply(kind: TicketType, mode: HandlingMode) -> str:
    if mode is HandlingMode.REQUEST_MORE_INFO:
        asked = "\n".join(f"* {question}" for question in ASKED)
        return f"Thank you for writing to us. To help you, we need to know more:\n\n{asked}"
    return f"Thank you for writing to us. {ANSWERS[kind]}"

"""What runs are found by in Temporal. One that the server does not know keeps the work failing."""

ISSUE, PROJECT = "SlipwayIssue", "SlipwayProject"
PHASE, STATUS, AWAITING = "SlipwayPhase", "SlipwayStatus", "SlipwayAwaiting"
SLA_DUE = "SlipwaySlaDue"

SEARCH_ATTRIBUTES = {
    ISSUE: "Keyword",
    PROJECT: "Keyword",
    PHASE: "Keyword",
    STATUS: "Keyword",
    AWAITING: "Keyword",
    SLA_DUE: "Datetime",
}

"""How things stand with a ticket that is about to be worked: one look, which says what else there
is to read. Many organizations have no teams, and few tickets a pull request yet."""

from typing import Any

from sqlalchemy import Select, bindparam, exists, or_, select, true

from contracts.orchestrations import RUNNING
from db.git_integrations import following
from db.models import Orchestration, Organization, Project, SlaDefinition, Team

# Built once, past the ORM.
ATTEMPT, PROJECT = Orchestration.__table__.c, Project.__table__.c
ORGANIZATION = Organization.__table__.c
LEVEL, TEAM = SlaDefinition.__table__.c, Team.__table__.c

LAST = (
    select(ATTEMPT.id, ATTEMPT.attempt, ATTEMPT.status)
    .where(
        ATTEMPT.organization_id == PROJECT.organization_id,
        ATTEMPT.issue_key == bindparam("issue_key"),
        ATTEMPT.id != bindparam("own"),
    )
    .order_by(ATTEMPT.attempt.desc())
    .limit(1)
    .lateral("last")
)
# By other runs of this workflow id. An IN would be written out anew each time.
LEFT_RUNNING = exists().where(
    ATTEMPT.workflow_id == bindparam("workflow_id"),
    ATTEMPT.id != bindparam("own"),
    or_(*(ATTEMPT.status == running for running in RUNNING)),
)
TIMED = exists().where(LEVEL.organization_id == PROJECT.organization_id, LEVEL.enabled)
TEAMED = exists().where(TEAM.organization_id == PROJECT.organization_id, TEAM.active)
LED = following(PROJECT.organization_id, bindparam("issue_key"))
# `last_...`: of the last attempt, if there was one. `led`: by its pull requests.
STANDING: Select[Any] = (
    select(
        *(PROJECT.organization_id, PROJECT.id, PROJECT.key, PROJECT.repo_url, PROJECT.config),
        *(LAST.c[name].label(f"last_{name}") for name in ("id", "attempt", "status")),
        LEFT_RUNNING.label("left_running"),
        *(TIMED.label("timed"), TEAMED.label("teamed"), LED.label("led")),
    )
    .join_from(Project.__table__, Organization.__table__)
    .outerjoin(LAST, true())
    .where(
        ORGANIZATION.slug == bindparam("organization"),
        PROJECT.key == bindparam("project_key"),
    )
)

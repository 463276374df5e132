"""The manifest of two-way referral."""

from health.events import FollowUpRecorded
from kernel.declare.module import Module, Reaction, Stamp
from kernel.fhir.store import ResourceSaved
from records.events import FileClosed, FileMoved
from referral.moving import freezing, judging
from referral.moving.clock import JOBS as CLOCK_JOBS
from referral.moving.following import follow_move, keep_task
from referral.outcome.services import (
    end_with_life,
    follow_outcome,
    hear_follow_up,
    move_with_file,
)
from referral.permissions import PERMISSIONS
from referral.projections import PROJECTIONS
from referral.resources import RESOURCES

MODULE = Module(
    name="referral",
    title="双向转诊",
    resources=RESOURCES,
    permissions=PERMISSIONS,
    projections=PROJECTIONS,
    stamps=(
        Stamp("ServiceRequest", freezing.stamped),
        Stamp("Task", judging.stamped),
    ),
    reactions=(
        Reaction(ResourceSaved, keep_task, "ServiceRequest"),
        Reaction(ResourceSaved, follow_move, "Task"),
        Reaction(ResourceSaved, follow_outcome, "Task"),
        Reaction(FollowUpRecorded, hear_follow_up),
        Reaction(FileClosed, end_with_life),
        Reaction(FileMoved, move_with_file),
    ),
    jobs=CLOCK_JOBS,
)

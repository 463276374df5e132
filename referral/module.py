"""The manifest of two-way referral."""

from health.events import FollowUpRecorded
from kernel.declare.module import Module, NavItem, Reaction, Stamp
from kernel.fhir.store import ResourceSaved
from records.events import FileClosed, FileMoved
from referral.agreements import holding
from referral.agreements.pages import NAVIGATION as AGREEMENT_NAVIGATION
from referral.agreements.pages import PAGES as AGREEMENT_PAGES
from referral.agreements.projections import PROJECTIONS as AGREEMENT_PROJECTIONS
from referral.disclosure.pages import PAGES as DISCLOSURE_PAGES
from referral.disclosure.panels import PANELS as DISCLOSURE_PANELS
from referral.due import PROJECTIONS as DUE_PROJECTIONS
from referral.indications.pages import NAVIGATION as INDICATION_NAVIGATION
from referral.indications.pages import PAGES as INDICATION_PAGES
from referral.indications.services import JOBS as INDICATION_JOBS
from referral.letters.pages import PAGES as LETTER_PAGES
from referral.moving import freezing, judging, keeping
from referral.moving.clock import JOBS as CLOCK_JOBS
from referral.moving.following import follow_move, keep_task
from referral.offers.pages import NEW as NEW_OFFER
from referral.offers.pages import PAGES as OFFER_PAGES
from referral.office.pages import NAVIGATION as OFFICE_NAVIGATION
from referral.office.pages import PAGES as OFFICE_PAGES
from referral.office.pages_bulk import PAGES as OFFICE_BULK_PAGES
from referral.office.pages_sent import PAGES as OFFICE_SENT_PAGES
from referral.office.panels import PANELS as OFFICE_PANELS
from referral.outcome.pages import PAGES as OUTCOME_PAGES
from referral.outcome.services import (
    end_with_life,
    follow_death,
    follow_outcome,
    forget_follow_up,
    hear_follow_up,
    move_with_file,
)
from referral.paper.pages import PAGES as PAPER_PAGES
from referral.permissions import BOARD, OFFICE, PERMISSIONS
from referral.projections import PROJECTIONS
from referral.requests import drafting, signed
from referral.requests.pages import PAGES as REQUEST_PAGES
from referral.resources import RESOURCES
from referral.returned import PANELS as RETURNED_PANELS
from referral.shown.pages import PAGES as SHOWN_PAGES
from referral.station.pages import NAVIGATION as STATION_NAVIGATION
from referral.station.pages import PAGES as STATION_PAGES
from referral.station.pages import TABS as STATION_TABS
from referral.station.panels import PANELS as STATION_PANELS
from referral.supervision.pages import PAGES as BOARD_PAGES
from referral.supervision.pages_cases import PAGES as BOARD_CASE_PAGES

MODULE = Module(
    name="referral",
    title="双向转诊",
    resources=RESOURCES,
    permissions=PERMISSIONS,
    projections=(*PROJECTIONS, *AGREEMENT_PROJECTIONS, *DUE_PROJECTIONS),
    stamps=(
        Stamp("ServiceRequest", freezing.stamped, kept=keeping.kept_request),
        Stamp("Appointment", holding.held_once),
        Stamp("Composition", signed.stamped),
        Stamp("Task", judging.stamped, kept=keeping.kept_task),
    ),
    reactions=(
        Reaction(ResourceSaved, holding.keep_slots, "Appointment"),
        Reaction(ResourceSaved, keep_task, "ServiceRequest"),
        Reaction(ResourceSaved, follow_move, "Task"),
        Reaction(ResourceSaved, follow_outcome, "Task"),
        Reaction(ResourceSaved, follow_death, "Task"),
        Reaction(FollowUpRecorded, hear_follow_up),
        Reaction(FollowUpRecorded, drafting.draft_follow_up),
        Reaction(ResourceSaved, drafting.drop_draft, "QuestionnaireResponse"),
        Reaction(ResourceSaved, forget_follow_up, "QuestionnaireResponse"),
        Reaction(FileClosed, end_with_life),
        Reaction(FileMoved, move_with_file),
    ),
    navigation=(
        *STATION_NAVIGATION,
        *OFFICE_NAVIGATION,
        *AGREEMENT_NAVIGATION,
        *INDICATION_NAVIGATION,
        NavItem("发起下转", NEW_OFFER, OFFICE, 64, "双向转诊"),
        NavItem("转诊监管", "/referral-board", BOARD, 69, "双向转诊"),
    ),
    tabs=STATION_TABS,
    panels=(*STATION_PANELS, *OFFICE_PANELS, *DISCLOSURE_PANELS, *RETURNED_PANELS),
    pages=(
        AGREEMENT_PAGES.router,
        INDICATION_PAGES.router,
        BOARD_PAGES.router,
        BOARD_CASE_PAGES.router,
        LETTER_PAGES.router,
        OFFICE_PAGES.router,
        REQUEST_PAGES.router,
        STATION_PAGES.router,
        OUTCOME_PAGES.router,
        OFFICE_BULK_PAGES.router,
        OFFICE_SENT_PAGES.router,
        SHOWN_PAGES.router,  # /referrals/{id} comes after /referrals/new
        PAPER_PAGES.router,
        OFFER_PAGES.router,
        DISCLOSURE_PAGES.router,
    ),
    jobs=(*CLOCK_JOBS, *INDICATION_JOBS),
)

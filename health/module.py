"""The manifest of chronic-disease and public-health programmes."""

from health.batch.import_pages import PAGES as IMPORT_PAGES
from health.batch.pages import PAGES as BATCH_PAGES
from health.batch.taking import JOBS as IMPORT_JOBS
from health.checks import check
from health.due.contact_pages import PAGES as CONTACT_PAGES
from health.due.household_pages import PAGES as HOUSEHOLD_PAGES
from health.due.operation import OPERATIONS as DUE_OPERATIONS
from health.due.pages import PAGES as DUE_PAGES
from health.due.panels import PANELS as DUE_PANELS
from health.enrolment import reactions as enrolments
from health.enrolment.approving import STAMPS as APPROVAL_STAMPS
from health.enrolment.days import STAMPS as DAY_STAMPS
from health.enrolment.pages import PAGES as ENROLMENT_PAGES
from health.enrolment.pages_card import PAGES as CARD_PAGES
from health.enrolment.pages_steps import PAGES as STEP_PAGES
from health.enrolment.referral_ends import end_after_referral
from health.fhir.operations import OPERATIONS as FORM_OPERATIONS
from health.figures.pages import PAGES as FIGURE_PAGES
from health.followups.pages import PAGES as FOLLOW_UP_PAGES
from health.followups.pages_shown import PAGES as SHOWN_PAGES
from health.followups.reactions import keep_follow_up
from health.followups.stamp import STAMPS
from health.lists.pages import NAVIGATION as LIST_NAVIGATION
from health.lists.pages import PAGES as LIST_PAGES
from health.permissions import DUE, FIGURES, IMPORT, PERMISSIONS
from health.programmes import PROGRAMMES
from health.projections import PROJECTIONS
from health.publishing import JOBS as PUBLISHING_JOBS
from health.resident.pages import PAGES as RESIDENT_PAGES
from health.resident.pages import TABS
from health.resident.panels import PANELS as RESIDENT_PANELS
from health.resources import RESOURCES
from health.screening.pages import NAVIGATION as SCREENING_NAVIGATION
from health.screening.pages import PAGES as SCREENING_PAGES
from health.screening.reactions import keep_screenings
from health.years import HEALTH_YEAR
from health.years import JOBS as YEAR_JOBS
from kernel.declare.module import Module, NavItem, Reaction
from kernel.fhir.store import ResourceSaved
from records.events import FileClosed, FileMoved, FilesJoined, VisitRecorded

MODULE = Module(
    name="health",
    title="健康管理",
    resources=RESOURCES,
    permissions=PERMISSIONS,
    navigation=(
        NavItem("随访待办", "/due", DUE, 50, "健康管理"),
        *LIST_NAVIGATION,
        *SCREENING_NAVIGATION,
        NavItem("批量录入", "/follow-ups/batch", IMPORT, 55, "健康管理"),
        NavItem("工作指标", "/figures", FIGURES, 59, "健康管理"),
    ),
    panels=(*DUE_PANELS, *RESIDENT_PANELS),
    tabs=TABS,
    operations=(*DUE_OPERATIONS, *FORM_OPERATIONS),
    pages=(
        BATCH_PAGES.router,
        IMPORT_PAGES.router,
        DUE_PAGES.router,
        CONTACT_PAGES.router,
        HOUSEHOLD_PAGES.router,
        FIGURE_PAGES.router,
        ENROLMENT_PAGES.router,
        STEP_PAGES.router,
        CARD_PAGES.router,
        RESIDENT_PAGES.router,
        LIST_PAGES.router,
        SCREENING_PAGES.router,
        FOLLOW_UP_PAGES.router,
        SHOWN_PAGES.router,
    ),
    projections=PROJECTIONS,
    summaries=(HEALTH_YEAR,),
    indicators=tuple(one for programme in PROGRAMMES for one in programme.indicators),
    stamps=(*STAMPS, *DAY_STAMPS, *APPROVAL_STAMPS),
    check=check,
    jobs=(
        *YEAR_JOBS,
        *IMPORT_JOBS,
        *PUBLISHING_JOBS,
    ),
    reactions=(
        Reaction(ResourceSaved, keep_follow_up, "QuestionnaireResponse"),
        Reaction(ResourceSaved, end_after_referral, "QuestionnaireResponse"),
        Reaction(ResourceSaved, enrolments.keep_enrolment, "EpisodeOfCare"),
        Reaction(ResourceSaved, enrolments.follow_examination, "QuestionnaireResponse"),
        Reaction(VisitRecorded, keep_screenings),
        Reaction(FileClosed, enrolments.end_with_file),
        Reaction(FileMoved, enrolments.move_with_file),
        Reaction(FilesJoined, enrolments.join_enrolments),
    ),
)

"""The manifest of the resident's file."""

from kernel.declare.module import Job, Module, NavItem, Operation, Panel, Permission, Reaction
from kernel.declare.roles import STATION_STAFF, Role
from kernel.fhir.everything import everything
from kernel.fhir.store import BatchSaved, ResourceSaved
from records.duplicates import pages as duplicates
from records.duplicates import panels as duplicate_panels
from records.duplicates.pairs import look_for_pairs
from records.duplicates.permissions import PERMISSIONS as DUPLICATE_PERMISSIONS
from records.duplicates.permissions import REVIEW as REVIEW_DUPLICATES
from records.duplicates.projections import PROJECTIONS as DUPLICATE_PROJECTIONS
from records.duplicates.reactions import keep_merged_closed
from records.examinations import pages as examinations
from records.examinations import panels as examination_panels
from records.examinations.permissions import PERMISSIONS as EXAMINATION_PERMISSIONS
from records.examinations.permissions import READ as READ_EXAMINATIONS
from records.examinations.publishing import publish_form
from records.examinations.reactions import keep_examination
from records.exchange import arrival, document_pages, taking
from records.exchange import pages as exchange_pages
from records.exchange.document import document
from records.exchange.full import FULL
from records.households import moving as household_moving
from records.households import pages as households
from records.households import panels as household_panels
from records.households.permissions import PERMISSIONS as HOUSEHOLD_PERMISSIONS
from records.households.permissions import READ as READ_HOUSEHOLDS
from records.households.projections import PROJECTIONS as HOUSEHOLD_PROJECTIONS
from records.households.reactions import follow_resident, keep_households
from records.information import pages as information_pages
from records.information import papers
from records.life import move_pages as life_moves
from records.life import pages as life_pages
from records.life import panels as life_panels
from records.life import reactions
from records.life import team_pages as life_teams
from records.life.contract import PROJECTIONS as CONTRACT_PROJECTIONS
from records.life.contracts import end_with_file, one_team_at_a_time
from records.life.moves import keep_twins
from records.life.permissions import ASSIGN, MOVES, TEAMS
from records.life.permissions import PERMISSIONS as LIFE_PERMISSIONS
from records.life.projections import PROJECTIONS as LIFE_PROJECTIONS
from records.life.services_done import PROJECTIONS as SERVICE_PROJECTIONS
from records.life.tasks import PROJECTIONS as MOVE_PROJECTIONS
from records.life.teams import PROJECTIONS as TEAM_PROJECTIONS
from records.life.territory import PROJECTIONS as TERRITORY_PROJECTIONS
from records.residents import panels, vitals
from records.residents.frame import READ, REVEAL
from records.residents.pages import EXPORT, PAGES, SEARCH
from records.resources import RESOURCES
from records.terminology.artefacts import RESOURCES as TERMINOLOGY
from records.terminology.operations import OPERATIONS as TERMINOLOGY_OPERATIONS
from records.visits import consultation_pages, picking, visit_pages
from records.visits import pages as visits
from records.visits import panels as visit_panels
from records.visits import permissions as visit_permissions

_CARERS = STATION_STAFF | {Role.REFERRAL_COORDINATOR}
"""Those who open records on pages, each as far as the policy lets them see."""

_FOLDER = "residents/panels"

MODULE = Module(
    name="records",
    title="健康档案",
    resources=(*RESOURCES, *TERMINOLOGY),
    permissions=(
        Permission(SEARCH, "查找居民", _CARERS),
        Permission(READ, "查看居民档案", _CARERS),
        Permission(information_pages.WRITE, "建档和更正个人信息", STATION_STAFF),
        Permission(REVEAL, "显示完整证件号和电话", _CARERS),
        Permission(
            EXPORT,
            "导出居民名单",
            frozenset({Role.GP, Role.STATION_HEAD, Role.CENTRE_MANAGER}),
        ),
        Permission(FULL, "导出完整号码", frozenset({Role.STATION_HEAD, Role.CENTRE_MANAGER})),
        Permission(
            exchange_pages.RUN,
            "导入居民和档案",
            frozenset({Role.GP, Role.STATION_HEAD, Role.CENTRE_MANAGER}),
        ),
        *visit_permissions.PERMISSIONS,
        *LIFE_PERMISSIONS,
        *EXAMINATION_PERMISSIONS,
        *DUPLICATE_PERMISSIONS,
        *HOUSEHOLD_PERMISSIONS,
    ),
    navigation=(
        NavItem("今日接诊", "/visits", visit_permissions.LIST, 5, "居民服务"),
        NavItem("居民", "/residents", SEARCH, 10, "居民服务"),
        NavItem("家庭", "/households", READ_HOUSEHOLDS, 20, "居民服务"),
        NavItem("档案迁移", "/moves", MOVES, 30, "居民服务"),
        NavItem("疑似重复", "/duplicates", REVIEW_DUPLICATES, 35, "居民服务"),
        NavItem("家医团队", "/teams", TEAMS, 32, "居民服务"),
        NavItem("批量更换责任医生", "/residents/assign", ASSIGN, 34, "居民服务"),
        NavItem("导入", "/imports", exchange_pages.RUN, 40, "居民服务"),
    ),
    panels=(
        Panel("home-cards", "moves", "档案迁移", "home.html", life_panels.cards, MOVES, 15),
        Panel("home-cards", "residents", "居民", "home.html", panels.home_cards, SEARCH, 10),
        Panel(
            "home", "today", "今日接诊", "visits/panels/today.html", visit_panels.today,
            visit_permissions.LIST, 5, wide=True,
        ),
        Panel(
            "home", "recent", "最近就诊", f"{_FOLDER}/recent.html", visit_panels.recent, READ, 10,
            wide=True,
        ),
        Panel(
            "resident", "merged", "档案合并", "duplicates/panels/merged.html",
            duplicate_panels.merged, READ, 0, wide=True,
        ),
        Panel(
            "resident", "vitals", "最近测量", f"{_FOLDER}/vitals.html", vitals.vitals, READ, 10,
            wide=True,
        ),
        Panel(
            "resident", "visits", "就诊记录", f"{_FOLDER}/visits.html", panels.visits, READ, 20,
            wide=True,
        ),
        Panel(
            "resident", "this-year", "本年度体检", "examinations/panels/this_year.html",
            examination_panels.this_year, READ_EXAMINATIONS, 25,
        ),
        Panel(
            "resident", "problems", "健康问题", f"{_FOLDER}/problems.html", panels.problems, READ,
            30,
        ),
        Panel(
            "resident", "medications", "当前用药", f"{_FOLDER}/medications.html",
            panels.medications, READ, 40,
        ),
        Panel(
            "resident", "household", "家庭成员", f"{_FOLDER}/household.html",
            panels.household, READ, 50,
        ),
        Panel(
            "resident", "living", "生活环境", "households/panels/living.html",
            household_panels.living, READ, 55,
        ),
        Panel(
            "resident", "immunisations", "预防接种", f"{_FOLDER}/immunisations.html",
            panels.immunisations, READ, 60,
        ),
    ),
    projections=(
        *LIFE_PROJECTIONS, *TERRITORY_PROJECTIONS, *MOVE_PROJECTIONS, *CONTRACT_PROJECTIONS,
        *SERVICE_PROJECTIONS, *TEAM_PROJECTIONS,
        *HOUSEHOLD_PROJECTIONS, *DUPLICATE_PROJECTIONS,
    ),
    reactions=(
        Reaction(ResourceSaved, reactions.keep_days, "Patient"),
        Reaction(ResourceSaved, reactions.keep_apart, "EpisodeOfCare"),
        Reaction(ResourceSaved, keep_twins, "Task"),
        Reaction(ResourceSaved, one_team_at_a_time, "EpisodeOfCare"),
        Reaction(ResourceSaved, end_with_file, "Patient"),
        Reaction(ResourceSaved, keep_households, "Group"),
        Reaction(ResourceSaved, follow_resident, "Patient"),
        Reaction(BatchSaved, keep_merged_closed),
        Reaction(ResourceSaved, keep_examination, "QuestionnaireResponse"),
    ),
    operations=(
        Operation("everything", "Patient", True, everything),
        Operation("document", "Patient", True, document),
        *TERMINOLOGY_OPERATIONS,
    ),
    jobs=(
        Job("records:import", 1, taking.go_on, hurried=True),
        Job("records:forms", 1, publish_form),
        Job("records:duplicates", 2, look_for_pairs),
    ),
    take_document=arrival.take_raw,
    pages=(
        life_teams.PAGES.router,  # /residents/assign comes before /residents/{id}
        information_pages.PAGES.router,  # /residents/new comes before /residents/{id}
        papers.PAGES.router,
        PAGES.router,
        document_pages.PAGES.router,
        exchange_pages.PAGES.router,
        duplicates.PAGES.router,
        life_pages.PAGES.router,
        life_moves.PAGES.router,
        households.PAGES.router,
        household_moving.PAGES.router,
        visits.PAGES.router,
        examinations.PAGES.router,
        picking.PAGES.router,
        visit_pages.PAGES.router,
        consultation_pages.PAGES.router,
    ),
)  # fmt: skip

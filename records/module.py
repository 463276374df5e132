"""The manifest of the resident's file."""

from kernel.declare.module import Module, NavItem, Operation, Panel, Permission, Reaction
from kernel.declare.roles import STATION_STAFF, Role
from kernel.fhir.everything import everything
from kernel.fhir.store import ResourceSaved
from records.duplicates.projections import PROJECTIONS as DUPLICATE_PROJECTIONS
from records.households.projections import PROJECTIONS as HOUSEHOLD_PROJECTIONS
from records.households.reactions import follow_resident, keep_households
from records.life import reactions
from records.life.projections import PROJECTIONS as LIFE_PROJECTIONS
from records.life.territory import PROJECTIONS as TERRITORY_PROJECTIONS
from records.residents import panels
from records.residents.frame import READ, REVEAL
from records.residents.pages import EXPORT, PAGES, SEARCH
from records.resources import RESOURCES
from records.terminology.artefacts import RESOURCES as TERMINOLOGY
from records.terminology.operations import OPERATIONS as TERMINOLOGY_OPERATIONS

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
        Permission(REVEAL, "显示完整证件号和电话", _CARERS),
        Permission(
            EXPORT,
            "导出居民名单",
            frozenset({Role.GP, Role.STATION_HEAD, Role.CENTRE_MANAGER}),
        ),
    ),
    navigation=(NavItem("居民", "/residents", SEARCH, 10, "居民服务"),),
    panels=(
        Panel("home-cards", "residents", "居民", "home.html", panels.home_cards, SEARCH, 10),
        Panel(
            "home", "recent", "最近就诊", f"{_FOLDER}/recent.html", panels.recent_visits, READ, 10,
            wide=True,
        ),
        Panel(
            "resident", "vitals", "最近测量", f"{_FOLDER}/vitals.html", panels.vitals, READ, 10,
            wide=True,
        ),
        Panel(
            "resident", "visits", "就诊记录", f"{_FOLDER}/visits.html", panels.visits, READ, 20,
            wide=True,
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
            "resident", "immunisations", "预防接种", f"{_FOLDER}/immunisations.html",
            panels.immunisations, READ, 60,
        ),
    ),
    projections=(
        *LIFE_PROJECTIONS, *TERRITORY_PROJECTIONS, *HOUSEHOLD_PROJECTIONS, *DUPLICATE_PROJECTIONS,
    ),
    reactions=(
        Reaction(ResourceSaved, reactions.keep_days),
        Reaction(ResourceSaved, reactions.keep_apart),
        Reaction(ResourceSaved, keep_households),
        Reaction(ResourceSaved, follow_resident),
    ),
    operations=(Operation("everything", "Patient", True, everything), *TERMINOLOGY_OPERATIONS),
    pages=(PAGES.router,),
)  # fmt: skip

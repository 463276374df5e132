"""The kernel's own manifest: the directory, forms and tasks, and what administrators may do."""

from kernel import batches
from kernel.clock import DAY
from kernel.declare.module import Job, Module, NavItem, Panel, Permission, Reaction
from kernel.declare.roles import EVERYBODY, Role
from kernel.fhir.operations import VALIDATE
from kernel.fhir.store.save import ResourceSaved
from kernel.resources import RESOURCES
from kernel.security import directory, epoch, sessions, sign_in, tokens
from kernel.security.accounts import list_users
from kernel.subscriptions import deliveries, watching
from kernel.subscriptions import pages as subscription_pages
from kernel.subscriptions import resources as subscriptions
from kernel.web import account, accounts, audit_log, home, institutions, staff
from kernel.web import sign_in as sign_in_page
from kernel.web.cards import Card
from kernel.web.i18n import _
from kernel.work import ReadWork, Work


def _tree_changed(work: Work, _event: ResourceSaved) -> None:
    """A changed institution may change who sees what: let every process load the tree again."""
    epoch.bump(work.connection)


def _forget(work: Work) -> None:
    """Remove sessions that have ended, tokens long expired and failures that have faded."""
    sessions.purge(work.connection, settings=work.settings, now=work.now)
    tokens.purge(work.connection, before=work.now - 30 * DAY)
    sign_in.purge(work.connection, now=work.now)


def _institution_cards(work: ReadWork, _key: str) -> list[Card]:
    """The institutions that belong to the one where the actor works, for those who oversee them."""
    tree = directory.load_tree(work.connection, work.today)
    kinds = [tree.kind(id_) for id_ in tree.descendants(work.actor.organisation_id)]
    return [
        Card(title, kinds.count(kind), _("个"), f"/institutions?kind={kind}")
        for kind, title in institutions.KIND_TITLES.items()
        if kind is not None and kinds.count(kind)
    ]


def _account_cards(work: ReadWork, _key: str) -> list[Card]:
    """How many accounts there are, and how many have never been used."""
    users = list_users(work.connection)
    waiting = sum(user.code_until is not None for user in users)
    return [
        Card(_("在用账号"), sum(not u.disabled for u in users), _("个"), "/accounts?state=active"),
        Card(_("已停用账号"), sum(u.disabled for u in users), _("个"), "/accounts?state=disabled"),
        Card(_("等待首次登录"), waiting, _("个"), "/accounts"),
    ]


_OVERSEERS = frozenset({Role.BUREAU_OFFICER, Role.CENTRE_MANAGER, Role.SYSTEM_ADMIN})

KERNEL = Module(
    name="kernel",
    title="平台",
    resources=(*RESOURCES, subscriptions.SUBSCRIPTION),
    projections=(*directory.PROJECTIONS, subscriptions.PROJECTION),
    stamps=(subscriptions.STAMP,),
    permissions=(
        Permission(
            "kernel:reference:import-dangling",
            "保存引用尚不存在资源的数据",
            frozenset({Role.PLATFORM}),
        ),
        Permission("kernel:institution:read", "查看机构", EVERYBODY - {Role.PLATFORM}),
        Permission(
            "kernel:staff:read",
            "查看人员",
            EVERYBODY - {Role.PLATFORM},
        ),
        Permission("kernel:institution:oversee", "查看下级机构概况", _OVERSEERS),
        Permission("kernel:account:manage", "管理账号与角色", frozenset({Role.SECURITY_ADMIN})),
        Permission(
            subscription_pages.MANAGE,
            "管理消息订阅（协调员限本机构）",
            frozenset({Role.SYSTEM_ADMIN, Role.REFERRAL_COORDINATOR}),
        ),
        Permission("kernel:audit:read", "查看审计日志", frozenset({Role.AUDITOR})),
    ),
    reactions=(
        Reaction(ResourceSaved, _tree_changed, "Organization"),
        subscriptions.MADE,
        watching.WATCH,
    ),
    operations=(VALIDATE,),
    navigation=(
        NavItem("机构", "/institutions", institutions.READ, 70, "管理"),
        NavItem("工作人员", "/staff", institutions.STAFF, 71, "管理"),
        NavItem("消息订阅", "/subscriptions", subscription_pages.MANAGE, 75, "管理"),
        NavItem("账号", "/accounts", accounts.MANAGE, 80, "安全"),
        NavItem("审计日志", "/audit", audit_log.READ, 81, "安全"),
    ),
    panels=(
        Panel(
            "home-cards",
            "institutions",
            "机构",
            "home.html",
            _institution_cards,
            "kernel:institution:oversee",
            50,
        ),
        Panel("home-cards", "accounts", "账号", "home.html", _account_cards, accounts.MANAGE, 60),
    ),
    pages=tuple(
        module.PAGES.router
        for module in (
            sign_in_page,
            account,
            home,
            institutions,
            staff,
            subscription_pages,
            accounts,
            audit_log,
        )
    ),
    jobs=(
        Job("kernel:forget", 60, _forget),
        Job("kernel:forget-batches", 24 * 60, batches.purge),
        Job("kernel:forget-deliveries", 24 * 60, deliveries.forget),
    ),
)

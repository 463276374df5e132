"""The kernel's own manifest: the directory, forms and tasks, and what administrators may do."""

from kernel.clock import DAY
from kernel.declare.module import Job, Module, Permission, Reaction
from kernel.declare.roles import EVERYBODY, STATION_STAFF, Role
from kernel.fhir.operations import VALIDATE
from kernel.fhir.store.save import ResourceSaved
from kernel.resources import RESOURCES
from kernel.security import directory, epoch, sessions, sign_in, tokens
from kernel.work import Work


def _tree_changed(work: Work, event: ResourceSaved) -> None:
    """A changed institution may change who sees what: let every process load the tree again."""
    if event.saved.type == "Organization":
        epoch.bump(work.connection)


def _forget(work: Work) -> None:
    """Remove sessions that have ended, tokens long expired and failures that have faded."""
    sessions.purge(work.connection, settings=work.settings, now=work.now)
    tokens.purge(work.connection, before=work.now - 30 * DAY)
    sign_in.purge(work.connection, now=work.now)


KERNEL = Module(
    name="kernel",
    title="平台",
    resources=RESOURCES,
    projections=directory.PROJECTIONS,
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
            STATION_STAFF
            | {Role.BUREAU_OFFICER, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR},
        ),
        Permission("kernel:account:manage", "管理账号与角色", frozenset({Role.SECURITY_ADMIN})),
        Permission("kernel:audit:read", "查看审计日志", frozenset({Role.AUDITOR})),
    ),
    reactions=(Reaction(ResourceSaved, _tree_changed),),
    operations=(VALIDATE,),
    jobs=(Job("kernel:forget", 60, _forget),),
)

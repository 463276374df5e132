"""Who may do what with households."""

from typing import Final

from kernel.declare.module import Permission
from kernel.declare.roles import STATION_STAFF, Role
from kernel.web.i18n import _

READ: Final = "records:household:read"
WRITE: Final = "records:household:write"
EXPORT: Final = "records:household:export"

PERMISSIONS: Final = (
    Permission(READ, _("查看家庭档案"), STATION_STAFF),
    Permission(WRITE, _("办理家庭档案"), STATION_STAFF),
    Permission(
        EXPORT,
        _("导出家庭名单"),
        frozenset({Role.GP, Role.STATION_HEAD, Role.CENTRE_MANAGER}),
    ),
)

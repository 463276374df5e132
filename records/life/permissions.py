"""Who may do what with the life of files."""

from typing import Final

from kernel.declare.module import Permission
from kernel.declare.roles import STATION_STAFF, Role
from kernel.web.i18n import _

KEEP: Final = "records:file:keep"
MOVES: Final = "records:move:read"

_KEEPERS: Final = frozenset({Role.GP, Role.STATION_HEAD, Role.CENTRE_MANAGER})
PERMISSIONS: Final = (
    Permission(KEEP, _("办理确认、结案、恢复和迁移档案"), _KEEPERS),
    Permission(MOVES, _("查看档案迁移"), STATION_STAFF),
)

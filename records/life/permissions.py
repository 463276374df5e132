"""Who may do what with the life of files."""

from typing import Final

from kernel.declare.module import Permission
from kernel.declare.roles import STATION_STAFF, Role
from kernel.web.i18n import _

KEEP: Final = "records:file:keep"
MOVES: Final = "records:move:read"
EXPORT: Final = "records:move:export"
CONTRACT: Final = "records:contract:sign"
TEAMS: Final = "records:team:keep"
ASSIGN: Final = "records:file:assign"

_KEEPERS: Final = frozenset({Role.GP, Role.STATION_HEAD, Role.CENTRE_MANAGER})
_HEADS: Final = frozenset({Role.STATION_HEAD, Role.CENTRE_MANAGER})
PERMISSIONS: Final = (
    Permission(KEEP, _("办理确认、结案、恢复和迁移档案"), _KEEPERS),
    Permission(MOVES, _("查看档案迁移"), STATION_STAFF),
    Permission(EXPORT, _("导出档案迁移"), _KEEPERS),
    Permission(CONTRACT, _("办理家庭医生签约"), STATION_STAFF),
    Permission(TEAMS, _("维护家庭医生团队"), _HEADS),
    Permission(ASSIGN, _("批量更换责任医生和团队"), _HEADS),
)

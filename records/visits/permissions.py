"""Who may do what with visits; each role as it works at a station."""

from typing import Final

from kernel.declare.module import Permission
from kernel.declare.roles import Role
from kernel.web.i18n import _

LIST: Final = "records:visit:list"
EXPORT: Final = "records:visit:export"
REGISTER: Final = "records:visit:register"
MEASURE: Final = "records:visit:measure"
WRITE: Final = "records:visit:write"

_DESK: Final = frozenset({Role.GP, Role.NURSE, Role.STATION_HEAD})
PERMISSIONS: Final = (
    Permission(LIST, _("查看今日接诊"), _DESK),
    Permission(EXPORT, _("导出今日接诊"), frozenset({Role.GP, Role.STATION_HEAD})),
    Permission(REGISTER, _("登记和取消就诊"), _DESK),
    Permission(MEASURE, _("就诊时测量生命体征"), frozenset({Role.GP, Role.NURSE})),
    Permission(WRITE, _("接诊、开处方、签名、补充和更正"), frozenset({Role.GP})),
)

"""Who may do what in the programmes."""

from typing import Final

from kernel.declare.module import Permission
from kernel.declare.roles import STATION_STAFF, Role

READ: Final = "health:follow-up:read"
WRITE: Final = "health:follow-up:write"
ENROL: Final = "health:enrolment:write"
APPROVE: Final = "health:enrolment:approve"
DUE: Final = "health:due:read"
IMPORT: Final = "health:follow-up:import"
EXPORT: Final = "health:due:export"
FIGURES: Final = "health:figure:read"
FIGURE_PERSONS: Final = "health:figure:persons"
FIGURE_EXPORT: Final = "health:figure:export"

_CARERS: Final = STATION_STAFF | {Role.REFERRAL_COORDINATOR}
_LEADERS: Final = frozenset({Role.GP, Role.STATION_HEAD, Role.CENTRE_MANAGER})

PERMISSIONS: Final = (
    Permission(READ, "查看随访和专项管理", _CARERS),
    Permission(WRITE, "录入、更正和作废随访", STATION_STAFF),
    Permission(ENROL, "建立和结束专项管理", STATION_STAFF),
    Permission(APPROVE, "审核家庭病床申请", frozenset({Role.GP, Role.STATION_HEAD})),
    Permission(DUE, "查看随访待办和管理名单", STATION_STAFF | {Role.PLATFORM}),
    Permission(IMPORT, "批量录入和导入随访", STATION_STAFF),
    Permission(EXPORT, "导出待办和管理名单", _LEADERS),
    Permission(FIGURES, "查看和导出工作指标", STATION_STAFF | {Role.BUREAU_OFFICER}),
    Permission(FIGURE_PERSONS, "查看指标背后的居民", STATION_STAFF),
    Permission(FIGURE_EXPORT, "导出指标背后的居民名单", _LEADERS),
)

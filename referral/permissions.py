"""Who may do what in referrals."""

from typing import Final

from kernel.declare.module import Permission
from kernel.declare.roles import STATION_STAFF, Role

READ: Final = "referral:case:read"
STATION: Final = "referral:station:read"
WRITE: Final = "referral:case:write"
SUBMIT: Final = "referral:case:submit"
OFFICE: Final = "referral:office:write"
EXPORT: Final = "referral:case:export"
AGREEMENTS: Final = "referral:agreement:read"
KEEP_AGREEMENTS: Final = "referral:agreement:write"
INDICATIONS: Final = "referral:indication:read"
KEEP_INDICATIONS: Final = "referral:indication:write"
BOARD: Final = "referral:board:read"
BOARD_PERSONS: Final = "referral:board:persons"

_DOCTORS: Final = frozenset({Role.GP, Role.STATION_HEAD, Role.CENTRE_MANAGER})
_OFFICE: Final = frozenset({Role.REFERRAL_COORDINATOR})
_LEADERS: Final = frozenset({Role.STATION_HEAD, Role.CENTRE_MANAGER}) | _OFFICE

PERMISSIONS: Final = (
    Permission(READ, "查看转诊", STATION_STAFF | _OFFICE),
    Permission(STATION, "查看本机构转出和接回的转诊名单", STATION_STAFF),
    Permission(WRITE, "填写转诊、随访转诊结果", STATION_STAFF),
    Permission(SUBMIT, "提交、撤销、接回和闭环转诊", _DOCTORS | {Role.PLATFORM}),
    Permission(OFFICE, "接收、预约和反馈转诊", _OFFICE),
    Permission(EXPORT, "导出转诊名单", _DOCTORS | _OFFICE),
    Permission(AGREEMENTS, "查看转诊协议和号源", STATION_STAFF | _OFFICE | {Role.BUREAU_OFFICER}),
    Permission(KEEP_AGREEMENTS, "维护转诊协议和号源", _OFFICE | {Role.BUREAU_OFFICER}),
    Permission(INDICATIONS, "查看转诊指征", STATION_STAFF | _OFFICE | {Role.BUREAU_OFFICER}),
    Permission(KEEP_INDICATIONS, "修订转诊指征", frozenset({Role.BUREAU_OFFICER})),
    Permission(BOARD, "查看和导出转诊监管指标", _LEADERS | {Role.BUREAU_OFFICER}),
    Permission(BOARD_PERSONS, "查看监管指标背后的转诊", _LEADERS),
)

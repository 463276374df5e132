"""Messages for the next page. A cookie carries their code, or a sealed sentence with values."""

import base64
import binascii
from typing import Final

from kernel.fhir import json
from kernel.messages import packed, unpacked
from kernel.security.codec import Damaged, seal, unseal
from kernel.security.keyring import KeyRing
from kernel.web.i18n import Language, _, gettext
from kernel.web.page import Flash, FlashKind

_PLACE: Final = "page/flash"
_SEALED: Final = "~"

MESSAGES: dict[str, tuple[FlashKind, str]] = {
    "password-changed": ("ok", _("密码已修改，您在其他电脑上的登录已结束。")),
    "account-disabled": ("ok", _("账号已停用，它的登录和令牌已立即失效。")),
    "account-enabled": ("ok", _("账号已启用。")),
    "account-unlocked": ("ok", _("账号已解锁，可以马上重新登录。")),
    "account-moved": ("ok", _("账号已调往新机构，从下一次请求起生效。")),
    "role-granted": ("ok", _("角色已授予，从下一次请求起生效。")),
    "role-ended": ("ok", _("角色已收回，从下一次请求起生效。")),
    "notifications-resent": ("ok", _("已放回待发，马上重新发送。")),
    "subscription-off": ("ok", _("订阅已停用，不再记录和发送新消息。")),
    "subscription-on": ("ok", _("订阅已启用，待发的消息马上发送。")),
    "resident-registered": ("ok", _("已建档。")),
    "card-unknown": ("info", _("本机构没有这个证件号码的档案，可以在下面建档。")),
    "information-saved": ("ok", _("个人基本信息已保存。")),
    "file-confirmed": ("ok", _("档案已确认，从建档日期起计入本机构管理。")),
    "file-closed": ("ok", _("档案已结案。")),
    "file-reopened": ("ok", _("档案已恢复，重新计入本机构管理。")),
    "file-voided": ("ok", _("档案已作废。")),
    "agreement-saved": ("ok", _("转诊协议已保存。")),
    "slots-made": ("ok", _("号源已生成。")),
    "indication-saved": ("ok", _("转诊指征已修订，新的转诊按新版清单选择。")),
    "team-saved": ("ok", _("团队已保存。")),
    "contract-signed": ("ok", _("签约已保存。")),
    "contract-ended": ("ok", _("签约已结束。")),
    "move-asked": ("ok", _("迁移申请已发出，等待对方答复。")),
    "move-accepted": ("ok", _("迁移已确认，整份档案已转到新机构。")),
    "move-rejected": ("ok", _("迁移申请已退回。")),
    "move-cancelled": ("ok", _("迁移申请已撤销。")),
    "household-made": ("ok", _("家庭已建立，可以继续加入成员、登记居住条件。")),
    "household-saved": ("ok", _("家庭档案已保存。")),
    "household-moved": ("ok", _("家庭档案已保存，选中成员的现住址一起改了，原住址留作曾住址。")),
    "household-joined": ("ok", _("已加入家庭。")),
    "household-left": ("ok", _("已办理离开。")),
    "household-head": ("ok", _("户主已更换。")),
    "household-merged": ("ok", _("两个家庭已合并，编号都保留。")),
    "household-closed": ("ok", _("家庭已注销。")),
    "household-deleted": ("ok", _("家庭已删除。")),
    "visit-registered": ("ok", _("已登记，正在候诊。")),
    "visit-cancelled": ("ok", _("就诊已取消。")),
    "visit-kept": ("ok", _("已暂存，还没有签名。")),
    "visit-measured": ("ok", _("测量已保存，医生可以看到。")),
    "visit-signed": ("ok", _("已签名，接诊完成。")),
    "visit-amended": ("ok", _("补充或更正已签名，显示在原记录下面。")),
    "examination-kept": ("ok", _("体检已暂存，还没有完成。")),
    "examination-completed": ("ok", _("体检已保存，测量结果已计入档案。")),
    "examination-cancelled": ("ok", _("体检已作废，内容仍可查看。")),
    "follow-up-corrected": ("ok", _("更正已保存，分类、下次随访日期和统计随之更新。")),
    "follow-up-cancelled": ("ok", _("随访已作废，内容仍可查看。")),
    "programme-enrolled": ("ok", _("已纳入管理，首次随访已排入待办。")),
    "programme-applied": ("ok", _("申请已提交，等待审核。")),
    "programme-approved": ("ok", _("申请已通过，从登记日期起管理。")),
    "programme-returned": ("ok", _("申请已退回，申请人修改后可以重新提交。")),
    "programme-suspended": ("ok", _("已暂停管理，待办中不再列出。")),
    "programme-resumed": ("ok", _("已恢复管理，下次随访已排入待办。")),
    "programme-closed": ("ok", _("这项管理已结束。")),
    "programme-card": ("ok", _("管理卡已保存，更正前的内容仍然保留。")),
    "contact-noted": ("ok", _("联系已记录，它不算面对面随访。")),
    "referral-kept": ("ok", _("转诊草稿已保存，还没有提交。")),
    "referral-sent": ("ok", _("转诊已提交，等待对方接收；转诊结果随访已排入待办。")),
    "referral-slip": ("ok", _("转出单已补交。")),
    "referral-discarded": ("ok", _("转诊草稿已作废。")),
    "referral-again": ("ok", _("已按原转诊生成新的草稿，修改后再提交。")),
    "consultation-kept": ("ok", _("会诊记录已保存。")),
    "document-taken": ("ok", _("文档已导入，原始文件保存在档案中。")),
    "document-known": ("info", _("这份文档已经导入过，没有变化。")),
    "merge-proposed": ("ok", _("已提出合并，等待另一位工作人员核对后确认。")),
    "merge-withdrawn": ("ok", _("合并申请已撤回，这两份档案仍在待核对之列。")),
    "files-merged": ("ok", _("两份档案已合并，服务记录都在这里。")),
    "merge-undone": ("ok", _("合并已撤销，两份档案已恢复。")),
    "referral-letter": ("ok", _("诊疗反馈已发送，社区可以看到。")),
    "referral-offered": ("ok", _("诊疗反馈已发送，已提出转回社区，等待社区接回。")),
    "referral-down": ("ok", _("下转已提交，等待社区接回。")),
    "pair-distinct": ("ok", _("已标为不是同一人，不再列出。")),
}


def told(keys: KeyRing, message: str) -> str:
    """What a cookie carries of a sentence with values, which only this server can have written."""
    token = seal(keys, _PLACE, json.dumps(packed(message)))
    return _SEALED + base64.urlsafe_b64encode(token).decode().rstrip("=")


def flash_of(code: str, language: Language, keys: KeyRing) -> tuple[Flash, ...]:
    """The message with this code, or the one that was `told`; none for anything else."""
    if code.startswith(_SEALED):
        return _unsealed(code.removeprefix(_SEALED), language, keys)
    found = MESSAGES.get(code)
    return (Flash(found[0], gettext(found[1], language)),) if found else ()


def _unsealed(token: str, language: Language, keys: KeyRing) -> tuple[Flash, ...]:
    try:
        raw = base64.urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
        message = unpacked(json.loads(unseal(keys, _PLACE, raw)))
    except (Damaged, ValueError, binascii.Error, IndexError):
        return ()
    return (Flash("ok", gettext(message, language)),)

"""Messages for the next page. A cookie carries only their code, so they hold no values."""

from kernel.web.i18n import Language, _, gettext
from kernel.web.page import Flash, FlashKind

MESSAGES: dict[str, tuple[FlashKind, str]] = {
    "password-changed": ("ok", _("密码已修改，您在其他电脑上的登录已结束。")),
    "account-disabled": ("ok", _("账号已停用，它的登录和令牌已立即失效。")),
    "account-enabled": ("ok", _("账号已启用。")),
    "account-unlocked": ("ok", _("账号已解锁，可以马上重新登录。")),
    "account-moved": ("ok", _("账号已调往新机构，从下一次请求起生效。")),
    "role-granted": ("ok", _("角色已授予，从下一次请求起生效。")),
    "role-ended": ("ok", _("角色已收回，从下一次请求起生效。")),
}


def flash_of(code: str, language: Language) -> tuple[Flash, ...]:
    """The message with this code; none for a code that is not ours."""
    found = MESSAGES.get(code)
    return (Flash(found[0], gettext(found[1], language)),) if found else ()

"""/referral-indications: the checklists of when to refer up and down, kept by the bureau."""

from typing import Final

from starlette.responses import Response

from kernel.declare.module import NavItem
from kernel.errors import not_found
from kernel.web.acting import attempt
from kernel.web.page import FormState
from kernel.web.pages import Pages
from kernel.web.shell import page, see_other
from kernel.web.visit import Visit
from kernel.work import ReadWork, Work
from records.api import catalogue
from referral.indications.checklists import KEYS, Item, questionnaire_id
from referral.indications.queries import checklist, list_checklists
from referral.indications.services import keep_item
from referral.indications.words import checklist_title
from referral.permissions import INDICATIONS, KEEP_INDICATIONS

PAGES = Pages()
PATH: Final = "/referral-indications"
NAVIGATION: Final = (NavItem("转诊指征", PATH, INDICATIONS, 67, "双向转诊"),)
_FIELDS: Final = frozenset({"title", "urgency", "retired"})
_BY_ID: Final = {questionnaire_id(*key).removeprefix("referral-indications-"): key for key in KEYS}


@PAGES.reads(PATH, permission=INDICATIONS)
def indications(visit: Visit, work: ReadWork) -> Response:
    """Every checklist with its items."""
    visit.subject = "Questionnaire"
    lists = [
        {
            "key": questionnaire_id(one.disease, one.direction).removeprefix(
                "referral-indications-"
            ),
            "title": checklist_title(one.disease, one.direction),
            "version": one.version,
            "items": one.every,
        }
        for one in list_checklists(work)
    ]
    return page(
        visit,
        "referral-indications/list.html",
        lists=lists,
        urgencies=dict(catalogue.choices("referral-urgency")),
        may_keep=work.actor.may(KEEP_INDICATIONS),
    )


def _key(visit: Visit) -> tuple[str, str]:
    """The checklist of the address. Raises Refused (404)."""
    key = _BY_ID.get(visit.params["key"])
    if key is None:
        raise not_found("the checklist")
    return key


@PAGES.reads(f"{PATH}/{{key}}/new", permission=KEEP_INDICATIONS)
def new_indication(visit: Visit, work: ReadWork) -> Response:
    """The form of an indication more."""
    return _form(visit, work, FormState({}), "")


@PAGES.reads(f"{PATH}/{{key}}/{{code}}", permission=KEEP_INDICATIONS)
def indication(visit: Visit, work: ReadWork) -> Response:
    """The form of an indication that is there."""
    found = {one.code: one for one in checklist(work, *_key(visit)).every}
    one = found.get(visit.params["code"])
    if one is None:
        raise not_found("the indication")
    retired = "yes" if one.retired else "no"
    values = {"title": one.title, "urgency": one.urgency, "retired": retired}
    return _form(visit, work, FormState(values), one.code)


def _form(visit: Visit, work: ReadWork, state: FormState, code: str) -> Response:
    visit.subject = "Questionnaire"
    key = _key(visit)
    return page(
        visit,
        "referral-indications/edit.html",
        http_status=422 if state.errors else 200,
        state=state,
        code=code,
        key=visit.params["key"],
        title=checklist_title(*key),
        version=state.value("version") or checklist(work, *key).version,
        urgencies=[(c, visit.translate(t)) for c, t in catalogue.choices("referral-urgency")],
    )


@PAGES.alone(f"{PATH}/{{key}}/new", permission=KEEP_INDICATIONS, post=True)
def add_indication(visit: Visit) -> Response:
    """A new edition of the checklist with one item more."""
    return _keep(visit, "")


@PAGES.alone(f"{PATH}/{{key}}/{{code}}", permission=KEEP_INDICATIONS, post=True)
def change_indication(visit: Visit) -> Response:
    """A new edition of the checklist with this item reworded or retired."""
    return _keep(visit, visit.params["code"])


def _keep(visit: Visit, code: str) -> Response:
    def act(work: Work) -> Response:
        found = {one.code: one for one in checklist(work, *_key(visit)).every}
        before = found.get(code)
        item = Item(
            code,
            visit.field("title"),
            visit.field("urgency"),
            before.needs_text if before else False,
            visit.field("retired") == "yes",
        )
        version = visit.field("version")
        keep_item(work, _key(visit), item, seen=int(version) if version.isdecimal() else 0)
        return see_other(visit, PATH, flash="indication-saved")

    return attempt(
        visit, act, lambda work, state: _form(visit, work, state, code),
        fields=_FIELDS, resource_type="Questionnaire",
    )  # fmt: skip

"""The pages of the personal information form: a new file, the form of a file, and its change."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import Response

from kernel.audit.entry import Action
from kernel.declare.form import Form, Section, Values
from kernel.errors import bad_request
from kernel.forms import read_form, texts_of
from kernel.web.acting import Wrong, attempt
from kernel.web.i18n import _
from kernel.web.page import FormState
from kernel.web.pages import Pages
from kernel.web.sealing import sealed, unsealed
from kernel.web.shell import page, see_other
from kernel.web.submission import is_saved, submission_of
from kernel.web.visit import Visit
from kernel.work import ReadWork, Work
from records.households import services as households
from records.households.codes import HEAD
from records.households.group import address_element
from records.households.panels import living
from records.households.queries import (
    committee_name,
    registration_household,
    registration_token,
)
from records.information import answers as information
from records.information import services
from records.information.completing import Completed, complete
from records.information.form import FORM
from records.information.showing import shown
from records.life.staff import Colleague, list_doctors, one_of
from records.life.territory import list_committees
from records.residents.frame import READ, frame
from records.terminology import catalogue

PAGES = Pages()
WRITE: Final = "records:resident:write"
_NUMBER: Final = "new-resident"
_FIELDS: Final = frozenset({f.key for f in FORM.fields}) | {"doctor", "relation", "opened_on"}
_CONFIRM: Final = _("可能已经建过档案：请核对上方列出的档案，不是同一人请勾选确认。")
_OTHER_COMMITTEE: Final = _("请从列表中选择本机构服务的居（村）委会。")
_NO_RELATION: Final = _("请选择与户主的关系。")
_HOME_OF_FORM: Final = "environment"


@dataclass(frozen=True, slots=True)
class _Home:
    """The household that somebody is registered into: its token in the address, and its Group."""

    token: str
    id: str
    name: str
    address: Mapping[str, Any]


def register_href(work: ReadWork, number: str = "") -> str:
    """The address of the form for a new file; a number that was read from a card goes sealed."""
    return "/residents/new" + (f"?number={sealed(work, _NUMBER, [number])}" if number else "")


@PAGES.reads("/residents/new", permission=WRITE)
def new_resident(visit: Visit, work: ReadWork) -> Response:
    """The form for a new file, with the number of a card or the household of a family."""
    own = work.actor.practitioner_id or ""
    typed: dict[str, str] = {"committee": _only_committee(work), "doctor": own}
    if token := visit.query.get("number", ""):
        typed["number"] = str(unsealed(work, _NUMBER, token)[0])
    home = _home(work, visit.query.get("household", ""))
    if home is not None:
        address = {"resourceType": "Patient", "address": [home.address]}
        told = information.values_of(address, ())
        typed.update({k: str(told[k]) for k in _PLACE if k in told})
    return _registration(visit, work, FormState(typed), home)


_PLACE: Final = ("committee", "grid", "building", "unit", "room", "address")


def _only_committee(work: ReadWork) -> str:
    """The committee, where the institution serves one only."""
    found = list_committees(work, *work.actor.organisations)
    return found[0].code if len(found) == 1 else ""


def _home(work: ReadWork, token: str) -> _Home | None:
    if not token:
        return None
    found = registration_household(work, token)
    return _Home(token, found.id, str(found.body.get("name", "")), address_element(found.body))


def _registration(
    visit: Visit,
    work: ReadWork,
    state: FormState,
    home: _Home | None,
    doubts: Mapping[str, str] | None = None,
) -> Response:
    organisation = work.actor.organisation_id
    return page(
        visit,
        "residents/new.html",
        http_status=422 if state.errors or doubts else 200,
        state=state,
        doubts=doubts or {},
        form_declared=_asked(at_home=home is not None),
        submission=submission_of(visit),
        home=home,
        relations=[
            (code, visit.translate(title))
            for code, title in catalogue.choices("gb-relation")
            if code != HEAD
        ],
        committees=[(c.code, c.name) for c in list_committees(work, *work.actor.organisations)],
        doctors=[(one.id, one.name) for one in list_doctors(work, organisation)],
    )


def _asked(*, at_home: bool) -> Form:
    """The form without what a household tells for all who live there."""
    if not at_home:
        return FORM
    kept: tuple[Section, ...] = tuple(s for s in FORM.sections if s.key != _HOME_OF_FORM)
    return Form(FORM.name, FORM.version, FORM.title, FORM.source, kept)


@PAGES.alone("/residents", permission=WRITE, post=True)
def register(visit: Visit) -> Response:
    """Open the file: everything in one transaction; a refused form keeps what was typed."""
    id_ = submission_of(visit)
    doubts: dict[str, str] = {}

    def act(work: Work) -> Response:
        if not is_saved(work, "Patient", id_):
            home = _home(work, visit.field("household"))
            values = _read(visit, work, doubts, at_home=home is not None)
            _warned(visit, work, values, doubts)
            draft = visit.field("do") == "draft"
            doctor = _doctor(visit, work)
            services.register(work, values, id=id_, doctor=doctor, draft=draft)
            _housed(visit, work, id_, home)
        return see_other(visit, f"/residents/{id_}", flash="resident-registered")

    def again(work: ReadWork, state: FormState) -> Response:
        home = _home(work, visit.field("household"))
        return _registration(visit, work, _typed(visit, state), home, doubts)

    return attempt(visit, act, again, fields=_FIELDS, action=Action.CREATE, resource_type="Patient")


def _typed(visit: Visit, state: FormState) -> FormState:
    """The state with every choice of a group, not only its first."""
    groups = {name: list(texts) for name, texts in visit.lists.items() if len(texts) > 1}
    return FormState({**state.values, **groups}, state.errors)


def _read(visit: Visit, work: ReadWork, doubts: dict[str, str], *, at_home: bool) -> Values:
    """What the form says, completed. Raises Wrong with every error, or with none for a doubt."""
    answer = read_form(_asked(at_home=at_home), visit.lists)
    completed: Completed = complete(answer.values, today=work.today)
    errors = {**completed.errors, **answer.errors}
    committees = {one.code for one in list_committees(work, *work.actor.organisations)}
    if committees and completed.values.get("committee", "") not in {"", *committees}:
        errors["committee"] = _OTHER_COMMITTEE
    asked = {**answer.doubts, **completed.doubts}
    doubts.clear()
    if visit.field("confirmed") != "yes":
        doubts.update(asked)
    if errors or doubts:
        raise Wrong(errors)
    return completed.values


def _warned(
    visit: Visit, work: ReadWork, values: Values, doubts: dict[str, str], id_: str = ""
) -> None:
    """Ask once more where somebody may have a file already. Raises Wrong."""
    found = services.suspects(work, values, id_)
    certain = any(one.certain for one in found)  # that is refused, not asked
    if found and not certain and visit.field("confirmed") != "yes":
        doubts["name"] = _CONFIRM
        raise Wrong({})


def _doctor(visit: Visit, work: ReadWork) -> Colleague | None:
    """The responsible doctor that was chosen, without a choice whoever registers, if a doctor."""
    doctors = list_doctors(work, work.actor.organisation_id)
    chosen = visit.field("doctor") or (work.actor.practitioner_id or "")
    return one_of(doctors, chosen)


def _housed(visit: Visit, work: Work, id_: str, home: _Home | None) -> None:
    if home is not None:
        if not visit.field("relation"):
            raise Wrong({"relation": _NO_RELATION})
        households.join(work, home.id, id_, relation=visit.field("relation"), on=work.today)
    elif visit.field("head") == "yes":
        households.new_household(work, id_, committee=visit.field("committee"))


@PAGES.reads("/residents/{id}/information", permission=READ)
def resident_information(visit: Visit, work: ReadWork) -> Response:
    """The form as it is filled in, in words."""
    id_ = visit.params["id"]
    found = services.get_information(work, id_)
    home = living(work, id_)
    token = registration_token(work, home["household"]) if home["household"] else ""
    return page(
        visit,
        "residents/information.html",
        **frame(visit, work, id_, "information"),
        sections=shown(
            _asked(at_home=bool(home["items"])),
            found.values,
            visit.language,
            named={"committee": committee_name(work, str(found.values.get("committee", "")))},
        ),
        living=home,
        register_token=token,
        may_write=work.actor.may(WRITE),
    )


@PAGES.reads("/residents/{id}/information/edit", permission=WRITE)
def edit_information(visit: Visit, work: ReadWork) -> Response:
    """The form to be changed."""
    found = services.get_information(work, visit.params["id"])
    return _editing(visit, work, FormState(texts_of(FORM, found.values)), found.version)


def _editing(
    visit: Visit,
    work: ReadWork,
    state: FormState,
    version: int,
    doubts: Mapping[str, str] | None = None,
) -> Response:
    id_ = visit.params["id"]
    home = living(work, id_)
    return page(
        visit,
        "residents/edit.html",
        http_status=422 if state.errors or doubts else 200,
        **frame(visit, work, id_, "information"),
        state=state,
        doubts=doubts or {},
        version=version,
        form_declared=_asked(at_home=bool(home["items"])),
        committees=[(c.code, c.name) for c in list_committees(work, *work.actor.organisations)],
    )


@PAGES.alone("/residents/{id}/information", permission=WRITE, post=True)
def change_information(visit: Visit) -> Response:
    """Save what the form says now; who was overtaken by somebody else is told so."""
    id_, written = visit.params["id"], visit.field("version")
    if not (written.isascii() and written.isdigit() and len(written) < 9):
        raise bad_request(_("表单不完整，请重新打开后再填写"), "version")
    doubts: dict[str, str] = {}

    def act(work: Work) -> Response:
        at_home = bool(living(work, id_)["items"])
        values = _read(visit, work, doubts, at_home=at_home)
        services.correct(work, id_, values, expect=int(written))
        return see_other(visit, f"/residents/{id_}/information", flash="information-saved")

    def again(work: ReadWork, state: FormState) -> Response:
        return _editing(visit, work, _typed(visit, state), int(written), doubts)

    return attempt(visit, act, again, fields=_FIELDS, resource_type="Patient")

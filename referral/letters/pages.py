"""The pages of letters: written by the hospital, read by both sides, with their attachments."""

from dataclasses import replace
from typing import Final
from urllib.parse import quote

from starlette.responses import Response

from kernel.audit.entry import Action
from kernel.messages import _
from kernel.web.acting import Wrong, attempt
from kernel.web.page import FormState
from kernel.web.pages import Pages
from kernel.web.shell import page, see_other
from kernel.web.submission import is_saved, submission_of
from kernel.web.visit import Visit
from kernel.work import ReadWork, Work
from referral.letters.files import KINDS, read_files
from referral.letters.form import FORM, OFFER, down_indications, read_letter
from referral.letters.heading import heading_of
from referral.letters.letter import PARTS, Letter
from referral.letters.reading import get_file, get_letter
from referral.letters.services import get_own, letter_moves, send_letter
from referral.moving.services import get_request
from referral.permissions import OFFICE, READ
from referral.request import request_of
from referral.states import Event

PAGES = Pages()
FILE_FIELDS: Final = ("file_1", "file_2", "file_3")
_FIELDS: Final = frozenset({"diagnosis", "codes", "next_plan", "indication", "words", *FILE_FIELDS})
_AGAIN: Final = _("上传的文件不能保留，请重新选择。")


@PAGES.reads("/referrals/{id}/letter", permission=OFFICE)
def letter_form(visit: Visit, work: ReadWork) -> Response:
    """An empty letter. Raises Refused: 404, 403 (not the hospital that has the referral)."""
    return _form(visit, work, FormState())


def _form(visit: Visit, work: ReadWork, state: FormState) -> Response:
    id_ = visit.params["id"]
    own, _facts, version = get_own(work, id_)
    about = heading_of(work, id_)
    visit.subject = "Patient"
    return page(
        visit,
        "referrals/letter_edit.html",
        http_status=422 if state.errors else 200,
        about=about,
        form_of=FORM,
        state=state,
        files=FILE_FIELDS,
        indications=[
            (one.code, one.title) for one in down_indications(work, about.request.disease)
        ],
        may={move.event.value for move in letter_moves(own)},
        submission=submission_of(visit),
        seen=visit.field("seen") or str(version),
    )


@PAGES.alone("/referrals/{id}/letter", permission=OFFICE, post=True)
def keep_letter(visit: Visit) -> Response:
    """Send a letter, or send it and offer the person back; a refused one keeps what was typed."""
    id_, made = visit.params["id"], submission_of(visit)
    shown = f"/referrals/{id_}/letter/{made}"

    def act(work: Work) -> Response:
        get_own(work, id_)
        if not is_saved(work.elevated(), "Composition", made):
            seen = visit.field("seen")
            send_letter(
                work, id_, _read(visit, work), id=made, seen=int(seen) if seen.isdigit() else None
            )
        offered = visit.field("act") == OFFER
        return see_other(visit, shown, flash="referral-offered" if offered else "referral-letter")

    def again(work: ReadWork, state: FormState) -> Response:
        errors = dict(state.errors)
        if any(upload.content for upload in visit.files.values()):
            errors.setdefault(FILE_FIELDS[0], _AGAIN)
        return _form(visit, work, FormState(visit.lists, errors))

    return attempt(
        visit, act, again, fields=_FIELDS, action=Action.CREATE, resource_type="Composition"
    )


def _read(visit: Visit, work: Work) -> Letter:
    """The letter with its files. Raises Wrong."""
    chosen = ((name, visit.files[name]) for name in FILE_FIELDS if name in visit.files)
    files, wrong = read_files(chosen)
    request = request_of(get_request(work, visit.params["id"])[0])
    letter, errors = read_letter(
        visit.lists, files=len(files) + len(wrong), today=work.today,
        indications=down_indications(work, request.disease),
    )  # fmt: skip
    if errors or wrong:
        raise Wrong({**errors, **wrong})
    return replace(letter, files=files)


@PAGES.reads("/referrals/{id}/letter/{letter}", permission=READ)
def show_letter(visit: Visit, work: ReadWork) -> Response:
    """A letter with its drugs and attachments. Raises Refused (403, 404)."""
    id_ = visit.params["id"]
    told = get_letter(work, id_, visit.params["letter"])
    about = heading_of(work, id_)
    offers = {move.event for move in letter_moves(about.state)}
    own = work.actor.may(OFFICE) and work.actor.organisation_id == about.facts.hospital_id
    return page(
        visit,
        "referrals/letter.html",
        about=about,
        told=told,
        parts=[(title, told.letter.texts.get(key, "")) for key, (_code, title) in PARTS.items()],
        may_add=own and Event.SEND_OUTCOME in offers,
    )


@PAGES.reads("/referrals/{id}/files/{document}", permission=READ)
def show_file(visit: Visit, work: ReadWork) -> Response:
    """An attachment: a PDF or picture to be looked at, anything else to be kept."""
    visit.detail["document"] = visit.params["document"]
    file = get_file(work, visit.params["id"], visit.params["document"])
    looked_at = file.kind in KINDS
    name = quote(file.name)
    place = "inline" if looked_at else "attachment"
    headers = {"Content-Disposition": f"{place}; filename*=UTF-8''{name}"}
    kind = file.kind if looked_at else "application/octet-stream"
    return Response(file.content, media_type=kind, headers=headers)

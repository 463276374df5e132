"""A person of whom another institution tells: who manages him, or a draft file where nobody does.

A hospital does not see residents who were not referred to it. What it learns here is the
institution and nothing else, and the same for a wrong name as for a number that nobody has
(referral.md §5). Whoever calls this counts and audits how often it is asked.
"""

from typing import NamedTuple

from kernel.declare.form import Value
from kernel.errors import unprocessable
from kernel.messages import _
from kernel.values.names import normalise_text
from kernel.work import Work
from records.duplicates.search import find_suspects
from records.information import answers, completing
from records.information.services import candidate_of
from records.life.services import open_file, organisation_reference
from records.life.territory import find_committee

_NO_COMMITTEE = _("请选择现住址所属的居（村）委会。")


class Kept(NamedTuple):
    """Whose file it is, and the institution that keeps it."""

    patient_id: str
    organisation_id: str


class Announced(NamedTuple):
    """What is known of a person without a file; `number` is a whole identity number."""

    name: str
    number: str
    phone: str
    address: str
    committee: str


def find_kept(work: Work, *, number: str, name: str) -> Kept | None:
    """Who has this identity number and this name, in the whole city; None also for a wrong name."""
    wanted = normalise_text(name)
    for one in find_suspects(work, candidate_of({"number": number, "name": name})):
        if one.certain and one.organisation_id and normalise_text(one.name) == wanted:
            return Kept(one.patient_id, one.organisation_id)
    return None


def announce(work: Work, told: Announced, *, id: str) -> Kept:
    """Open a draft file under the new id `id` at the station that serves the committee.

    The station confirms it, or finds the file that the person has under another name. Raises
    Refused (422) for a committee that nobody serves and for what the number or phone lacks.
    """
    committee = find_committee(work, told.committee)
    if committee is None:
        raise unprocessable(_NO_COMMITTEE, "committee")
    given: dict[str, Value] = {key: value for key, value in told._asdict().items() if value}
    found = completing.complete(given, today=work.today)
    for name, sentence in found.errors.items():
        raise unprocessable(sentence, name)
    system = work.elevated()
    keeper = organisation_reference(system, committee.organisation_id)
    person = {**answers.person_of(found.values), "managingOrganization": keeper}
    open_file(system, person, id=id, on=work.today, draft=True)
    return Kept(id, committee.organisation_id)

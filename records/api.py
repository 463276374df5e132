"""What other modules may ask of the resident's file."""

from records import fields
from records.examinations.assembly import examination
from records.examinations.bodies import Entered
from records.examinations.completeness import examined
from records.extensions import extension_value
from records.extracting import Answered, derived_id, extraction
from records.life.intervals import as_day
from records.life.moves import Asked, request_move
from records.life.projections import days_of, records_file, records_residence
from records.life.residence import CARE_KIND
from records.life.states import COUNTED, VANISHED
from records.reading import ages, codes_of, day_of, death_of, id_of
from records.residents.queries import find_all, get_resident, load_all
from records.visits.codes import AMENDMENT_REASON
from records.visits.queries import Doctor, Figures, figures_of, list_doctors
from records.visits.services import author_of

__all__ = [
    "AMENDMENT_REASON",
    "CARE_KIND",
    "COUNTED",
    "VANISHED",
    "Answered",
    "Asked",
    "Doctor",
    "Entered",
    "Figures",
    "ages",
    "as_day",
    "author_of",
    "codes_of",
    "day_of",
    "days_of",
    "death_of",
    "derived_id",
    "examination",
    "examined",
    "extension_value",
    "extraction",
    "fields",
    "figures_of",
    "find_all",
    "get_resident",
    "id_of",
    "list_doctors",
    "load_all",
    "records_file",
    "records_residence",
    "request_move",
]

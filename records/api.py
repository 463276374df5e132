"""What other modules may ask of the resident's file."""

from records import fields
from records.examinations.assembly import examination
from records.examinations.bodies import Entered
from records.extracting import Answered, derived_id, extraction
from records.life.intervals import as_day
from records.life.moves import Asked, request_move
from records.life.projections import days_of, records_file, records_residence
from records.life.residence import CARE_KIND
from records.reading import ages, day_of, id_of
from records.residents.queries import find_all, get_resident, load_all
from records.visits.queries import Figures, figures_of

__all__ = [
    "CARE_KIND",
    "Answered",
    "Asked",
    "Entered",
    "Figures",
    "ages",
    "as_day",
    "day_of",
    "days_of",
    "derived_id",
    "examination",
    "extraction",
    "fields",
    "figures_of",
    "find_all",
    "get_resident",
    "id_of",
    "load_all",
    "records_file",
    "records_residence",
    "request_move",
]

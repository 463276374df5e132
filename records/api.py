"""What other modules may ask of the resident's file."""

from records import fields
from records.examinations.assembly import examination
from records.examinations.bodies import Entered
from records.life.moves import Asked, request_move
from records.life.projections import records_file, records_residence
from records.reading import ages, day_of, id_of
from records.visits.queries import Figures, figures_of

__all__ = [
    "Asked",
    "Entered",
    "Figures",
    "ages",
    "day_of",
    "examination",
    "fields",
    "figures_of",
    "id_of",
    "records_file",
    "records_residence",
    "request_move",
]

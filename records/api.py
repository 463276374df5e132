"""What other modules may ask of the resident's file."""

from records.examinations.assembly import examination
from records.examinations.bodies import Entered
from records.life.moves import Asked, request_move
from records.visits.queries import Figures, figures_of

__all__ = ["Asked", "Entered", "Figures", "examination", "figures_of", "request_move"]

"""What other modules may ask of the resident's file."""

from records.life.moves import Asked, request_move
from records.visits.queries import Figures, figures_of

__all__ = ["Asked", "Figures", "figures_of", "request_move"]

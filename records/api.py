"""What other modules may ask of the resident's file."""

from records.life.moves import Asked, request_move

__all__ = ["Asked", "request_move"]

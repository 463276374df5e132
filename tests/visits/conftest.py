"""A served station for the journeys of a doctor."""

from tests.pages.conftest import station

__all__ = ["station"]

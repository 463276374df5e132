"""Stations to test with: see tests/support/house.py and tests/support/serving.py."""

from tests.support.house import fresh_house, gp, house, templates
from tests.support.serving import served, station

__all__ = ["fresh_house", "gp", "house", "served", "station", "templates"]

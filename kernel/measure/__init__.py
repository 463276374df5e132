"""Indicators, counted when they are asked for ("decide on write, count on read", DESIGN §5).

figures   numerators and denominators by institution, counted live, rolled up the tree
persons   the people behind a figure, and why those who are not counted are not
"""

from kernel.measure.figures import Count, Figures, evaluate, institutions_seen, rate
from kernel.measure.persons import Behind, Page, Question, count_persons, persons

__all__ = [
    "Behind",
    "Count",
    "Figures",
    "Page",
    "Question",
    "count_persons",
    "evaluate",
    "institutions_seen",
    "persons",
    "rate",
]

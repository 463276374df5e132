"""What the national norm leaves to the place, and what the house takes until somebody decides.

Each of these stands under TO CONFIRM in the domain's description; changing one is changing a line
here, and the pages say the value that holds.
"""

from typing import Final

LOST_ATTEMPTS: Final = 3
"""Documented contact attempts before somebody counts as lost (失访)."""

LOST_MONTHS: Final = 3
"""Months between the first and the last of those attempts, at least."""

INACTIVE_MONTHS: Final = 12
"""Months without a service after which a file is not in dynamic use (未动态使用)."""

NEW_NUMBER_ON_MOVE: Final = False
"""Whether the receiving station gives a moved file a number of its own; the old one is kept."""

"""How fast something grows, and how sure that is: a line through samples by least squares. Pure."""

import math
from typing import NamedTuple


class Slope(NamedTuple):
    """The growth for each unit of `x`, and its standard error."""

    value: float
    error: float

    def __str__(self) -> str:
        """Return both, as they stand in a report."""
        return f"{self.value:+.2f} ± {self.error:.2f}"

    def is_above(self, bound: float) -> bool:
        """Whether it is greater than a bound by more than two standard errors, so that chance is no likely reason."""
        return self.value - 2 * self.error > bound


def slope(points: list[tuple[float, float]]) -> Slope:
    """Return the slope of the line that fits points best.

    :raises ValueError: there are fewer than three points, or all have the same `x`
    """
    count = len(points)
    if count < 3:
        raise ValueError(f"{count} points have no slope with an error")
    middle_x, middle_y = (sum(values) / count for values in zip(*points, strict=True))
    width = sum((x - middle_x) ** 2 for x, _ in points)
    if not width:
        raise ValueError("all points have the same x")
    value = sum((x - middle_x) * (y - middle_y) for x, y in points) / width
    left = sum((y - middle_y - value * (x - middle_x)) ** 2 for x, y in points)
    return Slope(value, math.sqrt(left / (count - 2) / width))

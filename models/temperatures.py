"""Which temperatures a model's server takes, as its refusals taught. Pure."""

import math
from typing import Final, NamedTuple


class Temperatures(NamedTuple):
    """A model takes the temperatures between these two; neither of them itself."""

    above: float = -math.inf
    below: float = math.inf

    def takes(self, temperature: float) -> bool:
        """Return whether the model takes this one, as far as is known."""
        return self.above < temperature < self.below

    def without(self, temperature: float) -> "Temperatures":
        """Return what is known once this one was refused: it is too high from 1 on, which everybody takes; else it is too low."""
        if temperature >= 1:
            return self._replace(below=min(self.below, temperature))
        return self._replace(above=max(self.above, temperature))

    def narrowed(self, other: "Temperatures") -> "Temperatures":
        """Return what both of them allow."""
        return Temperatures(above=max(self.above, other.above), below=min(self.below, other.below))


ANY: Final = Temperatures()
NONE: Final = Temperatures(above=math.inf, below=-math.inf)

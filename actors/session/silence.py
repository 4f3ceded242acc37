"""What a turn is at while its answer has no text, and when its reply says so. Pure.

Most turns are silent for a moment only, and a message that says why would be in the way of their first text.
"""

from typing import Final, Literal

THINKING_SHOWN_AFTER_S: Final = 2.0
"""Most models that think or draw at all give something sooner."""

READING_SHOWN_AFTER_S: Final = 3.0
"""Most files are there sooner. Who waits longer is told why, with a button that ends it."""

WAITING_SHOWN_AFTER_S: Final = 5.0
"""Most models begin sooner, and ✍🏻 says already that the question was heard. Who waits longer is told why, with a button that ends it."""

Cause = Literal["", "reading", "waiting", "thinking", "drawing"]
"""What the question encloses is fetched and read; the turn waits for its model, of which nothing is known yet; the model was said to
reason; it draws. Nothing of these at the beginning, and where the model began to reason or to write."""


class Silence:
    """Why one attempt has no text yet. Times are monotonic, in seconds."""

    def __init__(self) -> None:
        """Begin without a cause."""
        self.cause: Cause = ""
        self.due_s: float | None = None
        """When the reply says so; None where that is said already, or is not to be said."""

    def read(self, now_s: float) -> float:
        """The question's files are read from now on; return when to say so."""
        return self._because("reading", now_s + READING_SHOWN_AFTER_S)

    def wait(self, now_s: float) -> float:
        """The turn waits for its model from now on: for its turn there, or for what comes first; return when to say so."""
        return self._because("waiting", now_s + WAITING_SHOWN_AFTER_S)

    def think(self, now_s: float) -> float:
        """The model reasons; return when to say so. One that draws was said to draw."""
        return self._because("" if self.cause == "waiting" else self.cause, now_s + THINKING_SHOWN_AFTER_S)

    def draw(self) -> None:
        """The model draws."""
        self.cause = "drawing"

    def say_later(self, now_s: float) -> float:
        """Return when to say that the model draws, which nothing shows yet."""
        self.due_s = now_s + THINKING_SHOWN_AFTER_S
        return self.due_s

    def end_reading(self) -> None:
        """The files were read, and that takes nobody's time any more."""
        self.cause, self.due_s = "", None

    def end_waiting(self, *, is_judged: bool = False) -> None:
        """The model gave something, or what it gave is being judged, of which the reply says something else."""
        if self.cause == "waiting":
            self.cause = ""
            self.due_s = None if is_judged else self.due_s

    def come_due(self) -> None:
        """It is time to say why. A model that has given nothing, and for which nobody waits, thinks."""
        self.due_s = None
        self.cause = self.cause or "thinking"

    @property
    def is_said_early(self) -> bool:
        """Whether the reply says, before the model has given anything, that files are read or that the model is waited for."""
        return self.cause in ("reading", "waiting") and self.due_s is None

    def _because(self, cause: Cause, due_s: float) -> float:
        self.cause, self.due_s = cause, due_s
        return due_s

"""Which models hear and speak for all sessions, whatever their own models are; and how long a recording may be. Pure."""

from typing import Final

from msgspec import Struct

from models.catalogue import Catalogue
from models.model import Model

RECORDING_S_MAX: Final = 1_800.0
"""The longest recording that is heard, unless the operator sets another time: half an hour costs OpenAI's customers 14 cents."""


class Voice(Struct, frozen=True, kw_only=True):
    """The models by which voice messages are heard and answers are read aloud.

    `transcription` and `speech` are names in the catalogue; where they are empty, the first model of that kind counts.
    No recording that plays for more than `recording_s_max` seconds is heard.
    """

    catalogue: Catalogue
    transcription: str = ""
    speech: str = ""
    recording_s_max: float = RECORDING_S_MAX

    def check(self) -> None:
        """Check the names, as far as the models are known.

        :raises ValueError: a sentence that names the key and the remedy
        """
        for key, kind in (("transcription", "transcription"), ("speech", "speech")):
            name: str = getattr(self, key)
            if name and not self.catalogue.is_waiting and self._of_kind(kind, name) is None:
                raise ValueError(
                    f"voice: {key} names '{' '.join(name.split())}', which is no model of that kind in [[models]]. Name one, or remove the key."
                )

    @property
    def hears(self) -> Model | None:
        """The model that writes down what is said; None where there is none."""
        return self._of_kind("transcription", self.transcription)

    @property
    def speaks(self) -> Model | None:
        """The model that reads answers aloud; None where there is none."""
        return self._of_kind("speech", self.speech)

    def _of_kind(self, kind: str, name: str) -> Model | None:
        fitting = (one for one in self.catalogue if one.kind == kind and name in ("", one.name))
        return next((one for one in fitting if not self.catalogue.has_ended(one.name)), None)

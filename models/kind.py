"""The protocol that every kind of model follows."""

from collections.abc import AsyncGenerator
from typing import Protocol

from messages.turn import TurnTaken
from models.events import StreamEvent
from models.model import Model


class Kind(Protocol):
    """One kind of model, for instance the models that chat. `models/kinds.py` lists the kinds there are.

    A kind sends one request, or once more what the server did not take, and passes on what comes back. Whether and when a model may be asked, what is asked again, and
    how many are asked at once is decided before, in `models/access`.
    """

    def stream(self, turn: TurnTaken, model: Model) -> AsyncGenerator[StreamEvent, None]:
        """Ask `model` the turn's question, and yield its answer.

        `turn` carries the question and the history before it, and `model` is the entry of the catalogue, perhaps with a
        smaller context than listed there. What is yielded:

        * any number of pieces of text, none of them empty, and of reasoning (`Thought`), as they come; a `TextDropped` says
          that all text before it is no part of the answer, and a `ComesWhole` that the rest of it comes at once;
        * then exactly one `StreamFinished`, with the reason of the end and with what the request used and cost, counted or
          estimated (None where nothing was used). After it nothing is yielded.

        Nothing is raised that a server or the network can cause: each such failure is a `StreamFinished` with its reason.
        What is raised is a fault in this program. The request is sent when the first item is asked for. Closing the
        generator, or cancelling whoever waits for its next item, closes the connection, and then no end is yielded. The
        generator lets go of `turn` when the answer begins: a thousand histories are not kept while answers stream.
        """
        ...

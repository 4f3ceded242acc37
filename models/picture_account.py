"""How a drawing ended, in the end, and what it used and cost. Pure."""

from typing import Final

from msgspec.structs import replace

from messages.choices import Choices
from messages.rates import picture_tokens
from messages.turn import Reason
from messages.usage import Usage
from models.answer_account import usage_of
from models.drawing import Drawing
from models.events import StreamFinished
from models.model import Model
from models.prices import cost_of, drawn_tokens
from models.tokens import tokens

_OF_DRAWINGS: Final[dict[Reason, Reason]] = {
    "content_filter": "drawing_refused",
    "picture_refused": "picture_not_changed",  # a picture that is to be changed cannot be left out
    "context_too_long": "text_too_long",  # the prompt stands alone: no conversation can be made shorter
    **dict.fromkeys(("first_text_late", "stalled", "only_keepalives", "thought_too_long"), "picture_late"),
}
"""What a reason is called where a picture was asked for."""


def ended(
    end: StreamFinished,
    drawing: Drawing,
    choices: Choices,
    model: Model,
    *,
    has_begun: bool,
    has_drawn: bool = False,
    links: int = 0,
) -> StreamFinished:
    """Return the end with its final reason, and with what was used and cost, estimated where the server did not count.

    Nothing was used where no response had begun. A picture counts once an unfinished one came (`has_drawn`). `links` is of how many
    pictures the server gave only the address: they were drawn, too.
    """
    reason = _OF_DRAWINGS.get(end.reason, end.reason)
    if reason == "complete" and not end.files:
        reason = "only_link" if links else "no_picture"
    usage: Usage | None = None
    if has_begun:
        seen = sum(picture_tokens(source.width, source.height) for source in drawing.sources)
        asked = tokens(drawing.prompt) + seen
        usage = usage_of(end.usage, reason=reason, asked=asked, written=0, model=model)
        if usage is not None:
            usage = replace(usage, pictures=len(end.files) + links or int(has_drawn))
            if usage.estimated:
                drawn = usage.pictures * drawn_tokens(choices)
                usage = replace(usage, image_input_tokens=seen, output_tokens=drawn, image_output_tokens=drawn)
            usage = replace(usage, cost=cost_of(model, usage))
    return replace(end, reason=reason, usage=usage)

"""What both panels show of models: the menu, the name of one, and how much was used. Pure."""

from typing import Final

from messages.components import Menu, Option
from messages.custom_id import encode
from messages.presses import ChooseModel, ChooseSessionModel
from messages.turn import Usage
from models.catalogue import Catalogue
from texts.escaping import escape_markdown, one_line
from texts.say import Locale, say

_COST_SHOWN_MIN: Final = 0.0001
"""The smallest cost that is shown, in dollars; a cheaper use is shown as this much."""


def models_menu(catalogue: Catalogue, present: str, press: ChooseModel | ChooseSessionModel, placeholder: str) -> Menu:
    """Return the menu of the models that people may choose; `present` is marked as chosen if it is one of them."""
    return Menu(
        custom_id=encode(press),
        placeholder=placeholder,
        options=tuple(
            Option(
                label=one_line(model.shown),
                value=model.name,
                description=one_line(model.description) if model.description else "",
                default=model.name == present,
            )
            for model in catalogue.menu
        ),
    )


def model_line(catalogue: Catalogue, name: str, locale: Locale) -> str:
    """Return a model's name for a panel's text; of a model that left the catalogue it says so."""
    model = catalogue.get(name)
    if model is None:
        return say("model_gone", locale, model=escape_markdown(name))
    return (
        escape_markdown(model.shown)
        if model.shown == model.name
        else f"{escape_markdown(model.shown)} ({escape_markdown(model.name)})"
    )


def usage_line(used: Usage, locale: Locale) -> str:
    """Return the line that says how many tokens were used so far, and what they cost.

    Without a price the cost is unknown, which is not the same as none, so the line says nothing of it.
    """
    tokens = say(
        "used_estimated" if used.estimated else "used",
        locale,
        input=f"{used.input_tokens:,}",
        output=f"{used.output_tokens:,}",
    )
    if used.cost <= 0:
        return tokens
    return say("used_cost", locale, used=tokens, cost=f"{max(used.cost, _COST_SHOWN_MIN):,.4f}")

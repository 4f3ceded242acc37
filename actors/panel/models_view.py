"""The menu of models, and how panels name a model. Pure."""

from messages.components import Menu, Option
from messages.custom_id import encode
from messages.presses import ChooseModel, ChooseSessionModel
from models.catalogue import Catalogue
from texts.escaping import escape_markdown, one_line
from texts.say import Locale, say


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

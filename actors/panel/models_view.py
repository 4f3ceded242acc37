"""The menu of models, and what is said of one that is not offered any more. Pure."""

from messages.components import Menu, Option
from messages.custom_id import encode
from messages.presses import ChooseModel, ChooseSessionModel
from models.catalogue import Catalogue
from texts.escaping import escape_markdown, one_line


def models_menu(catalogue: Catalogue, present: str, press: ChooseModel | ChooseSessionModel, placeholder: str) -> Menu:
    """The models that the operator's menus show; the present one is chosen, if it is among them."""
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


def model_line(catalogue: Catalogue, name: str) -> str:
    """A model as panels name it; one that has gone from the catalogue is said so."""
    model = catalogue.get(name)
    if model is None:
        return f"{escape_markdown(name)}, which is not offered any more: choose another below"
    return (
        escape_markdown(model.shown)
        if model.shown == model.name
        else f"{escape_markdown(model.shown)} ({escape_markdown(model.name)})"
    )

"""What a model is shown of the files that a question encloses, and what of them is left out, and why. Pure."""

from messages.enclosure import Enclosure, LeftOut, Problem
from messages.turn import Utterance
from models.model import Model
from texts.characters import is_blank


def problem_of(file: Enclosure, model: Model) -> Problem:
    """Return why this model is not shown a file; empty where it is: as a text, as a picture, or as audio."""
    if file.problem or file.text is not None:
        return file.problem
    family = file.media_type.partition("/")[0]
    if family == "image" and file.stored:
        return "" if model.sees else "no_vision"
    if family == "audio" and file.stored:
        return "" if model.traits.hears else "no_hearing"
    return "unread"


def left_out(question: Utterance, model: Model) -> tuple[LeftOut, ...]:
    """Return the files of a question that this model is not shown, or not whole, in their order."""
    return tuple(
        LeftOut(name=file.name, problem=problem, pages=file.pages, pages_read=file.pages_read)
        for file in question.enclosures
        if file.is_file and (problem := problem_of(file, model) or ("cut" if file.is_cut else ""))
    )


def can_be_asked(question: Utterance, model: Model) -> bool:
    """Return whether anything is left of a question, once the files are left out that this model is not shown."""
    return not is_blank(question.text) or any(
        enclosed.can_be_asked and not (enclosed.is_file and problem_of(enclosed, model))
        for enclosed in question.enclosures
    )

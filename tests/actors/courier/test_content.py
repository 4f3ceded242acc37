"""What a reply should show when more becomes known of its outcome."""

from msgspec.structs import replace

from actors.courier.content import Content
from messages.answer import Answer
from messages.courier import DraftShown
from tests.actors.courier.test_answer_view import ended
from texts.english import ANSWERS


def test_an_outcome_is_drawn_anew_when_its_question_was_edited_since() -> None:
    """The edit becomes known while the answer is being delivered: its last part gets the button, once."""
    outcome = ended("complete", "Text.", ending="answered")
    content = Content(outcome.turn)
    assert content.end(outcome)
    assert _labels(content) == []
    assert content.end(replace(outcome, is_edited=True))
    assert _labels(content) == ["Ask again"]
    assert not content.end(replace(outcome, is_edited=True))
    assert not content.end(outcome)
    assert _labels(content) == ["Ask again"]


def _labels(content: Content) -> list[str]:
    part = content.part(0, mark_is_enough=False)
    assert part is not None
    return [button.label for button in part.buttons]


def _texts(content: Content) -> list[str]:
    parts = [content.part(number, mark_is_enough=False) for number in range(3)]
    return [part.text for part in parts if part is not None]


def test_what_was_heard_is_quoted_in_one_line_above_the_answer() -> None:
    """Escaped and cut; without an answer there is only the sentence."""
    outcome = ended("complete", "Text.", ending="answered")
    content = Content(outcome.turn)
    content.end(replace(outcome, heard="**Why**\n> not? " + "x" * 400))
    (text,) = _texts(content)
    quote, answer = text.split("\n")
    assert quote.startswith(r"> 🎙️ \*\*Why\*\* ")
    assert quote.endswith("…")
    assert len(quote) < 330
    assert answer == "Text."
    content = Content(outcome.turn)
    content.end(replace(ended("server_error"), heard="Why?"))
    assert _texts(content) == [ANSWERS["server_error"]]


def test_a_draft_without_a_word_yet_shows_what_was_heard() -> None:
    """With its cursor and *Stop*."""
    content = Content(ended("complete").turn)
    content.grow(DraftShown(turn=ended("complete").turn, attempt=1, revision=1, answer=Answer(), heard="Why?"))
    assert _texts(content) == ["> 🎙️ Why? ▌"]
    assert _labels(content) == ["Stop"]


def test_what_was_heard_stays_while_a_model_thinks() -> None:
    """Above the line that says so, and above the answer."""
    content = Content(ended("complete").turn)
    draft = DraftShown(turn=ended("complete").turn, attempt=1, revision=1, answer=Answer(), heard="Why?")
    content.grow(replace(draft, is_thinking=True))
    assert _texts(content) == [f"> 🎙️ Why?\n-# {ANSWERS['thinking']} ▌"]
    content.grow(replace(draft, revision=2, answer=Answer(text="So.")))
    assert _texts(content) == ["> 🎙️ Why?\nSo. ▌"]


def test_nothing_that_was_loaded_before_takes_the_place_of_the_sentence_about_a_forgetting() -> None:
    """An outcome that was read from the rows a moment before may come after it, also of a question that was edited."""
    forgotten = ended("forgotten", ending="cancelled")
    content = Content(forgotten.turn)
    content.end(forgotten)
    before = _texts(content)
    assert not content.end(replace(ended("complete", "Canary", ending="answered"), is_edited=True))
    assert _texts(content) == before

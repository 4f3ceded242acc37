"""What a reply should show when more becomes known of its outcome."""

from msgspec.structs import replace

from actors.courier.content import Content
from tests.actors.courier.test_answer_view import ended


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

"""Answers that are cut, mixed up and damaged at random: the text is exact, or the answer is not whole. Nothing is raised.

Each example begins with a shape of the corpus, so that every server's way of answering is damaged in every way.
"""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any, Final, get_args

import anyio
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from messages.turn import Reason
from models.chat_completions import ChatDecoder
from models.errors import reason_of
from models.events import StreamEvent
from models.faults import WORDS_MAX, Bound, bound_in, fault_in, fault_of, wait_s_in
from models.listener import Listener
from models.responses_api import ResponsesDecoder
from tests.models.corpus import Shape, shapes
from tests.models.test_corpus import sorted_out

STREAMS: Final = [shape for shape in shapes() if shape.type == "text/event-stream" and shape.name != "crlf-no-space"]
DAMAGED: Final = "responses-other-text"
"""It has a fault already, and nothing could make up for another one."""
WHOLE: Final = [it for it in STREAMS if it.reason in ("complete", "refused_by_model") and it.name != DAMAGED]
ANY: Final = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))

KEEP_ALIVES: Final = (b": keep-alive\n\n", b":\n\n", b"event: ping\n\n", b"id: 7\nretry: 10\n\n", b"\n", b"data:\n\n")
WRONG: Final = (7, -1.5, True, {"x": 1}, [1], [{"x": 1}])
"""What stands in place of something else. Nothing, as null or as an empty text, is not among them: many servers mean nothing by it."""


def heard(body: list[bytes], shape: Shape) -> tuple[str, str, str]:
    """Text, reasoning and reason of an answer that comes in these reads. Without text it is not whole: `AnswerAccount` says so."""

    async def listen() -> list[StreamEvent]:
        async def reads() -> AsyncIterator[bytes]:
            for read in body:
                yield read

        decoder = ResponsesDecoder() if shape.api == "responses" else ChatDecoder()
        listener = Listener(reads(), decoder, deadline_s=anyio.current_time() + 60)
        events: list[StreamEvent] = []
        while (piece := await listener.next_piece()) is not None:
            events.append(piece)
        assert listener.end is not None
        return [*events, listener.end]

    text, thought, end = sorted_out(anyio.run(listen))
    return text, thought, end.reason if text or end.reason != "complete" else "no_text"


def cut(body: bytes, places: list[int]) -> list[bytes]:
    """The body in reads that end at these places."""
    ends = [*sorted(place % (len(body) + 1) for place in places), len(body)]
    return [body[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def events_of(shape: Shape) -> list[bytes]:
    return [event + b"\n\n" for event in shape.body.split(b"\n\n") if event]


def changed(event: bytes, change: Callable[[Any], Any]) -> bytes:
    """The event with its object changed; events without one stay as they are."""
    lines = event.split(b"\n")
    for number, line in enumerate(lines):
        if line.startswith(b"data: {"):
            found = change(json.loads(line[6:]))
            lines[number] = b"data: " + json.dumps(found, ensure_ascii=False).encode()
    return b"\n".join(lines)


def reordered(value: Any, order: Any) -> Any:
    """The same object with its fields in another order, and one field more that nobody knows."""
    if isinstance(value, dict):
        fields = [(name, reordered(inner, order)) for name, inner in value.items()]
        order.shuffle(fields)
        return dict(fields) | {"x_unknown": {"delta": "no"}}
    return [reordered(inner, order) for inner in value] if isinstance(value, list) else value


def paths(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The ways to everything in an object."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, one in inner for found in ((*way, key), *paths(one, (*way, key)))]


def replaced(value: Any, way: tuple[Any, ...], wrong: Any) -> Any:
    if not way:
        return wrong
    first, *rest = way
    if isinstance(value, dict):
        return {key: replaced(one, tuple(rest), wrong) if key == first else one for key, one in value.items()}
    return [replaced(one, tuple(rest), wrong) if key == first else one for key, one in enumerate(value)]


@ANY
@given(shape=st.sampled_from(shapes()), places=st.lists(st.integers(0, 5000), max_size=40))
def test_no_cut_changes_what_is_read(shape: Shape, places: list[int]) -> None:
    """Within a character, a tag, a line's end or a number."""
    assert heard(cut(shape.body, places), shape) == (shape.text, shape.thought, shape.reason)


@ANY
@given(
    shape=st.sampled_from(STREAMS),
    order=st.randoms(use_true_random=False),
    fillers=st.lists(st.sampled_from(KEEP_ALIVES), max_size=20),
    is_crlf=st.booleans(),
)
def test_what_says_nothing_changes_nothing(shape: Shape, order: Any, fillers: list[bytes], *, is_crlf: bool) -> None:
    """Keep-alives between events, fields in another order, fields that nobody knows, other line ends."""
    events = [changed(event, lambda value: reordered(value, order)) for event in events_of(shape)]
    for filler in fillers:
        events.insert(order.randint(0, len(events)), filler)
    body = b"".join(events)
    body = body.replace(b"\n", b"\r\n") if is_crlf else body
    assert heard(cut(body, [order.randint(0, 5000) for _ in range(9)]), shape) == (
        shape.text,
        shape.thought,
        shape.reason,
    )


@ANY
@given(shape=st.sampled_from(WHOLE), at=st.integers(0, 5000), places=st.lists(st.integers(0, 5000), max_size=9))
def test_an_answer_that_breaks_off_is_never_whole_unless_all_of_it_came(
    shape: Shape, at: int, places: list[int]
) -> None:
    """Wherever its body ends."""
    text, _, reason = heard(cut(shape.body[: at % len(shape.body)], places), shape)
    if reason in ("complete", "refused_by_model"):
        assert text == shape.text


@ANY
@given(data=st.data(), shape=st.sampled_from(WHOLE), wrong=st.sampled_from(WRONG))
def test_a_field_of_the_wrong_type_spoils_no_text_without_a_word(data: st.DataObject, shape: Shape, wrong: Any) -> None:
    """Whatever field it is: the text is exact, or the answer is not whole."""
    events = events_of(shape)
    number = data.draw(st.sampled_from([n for n, event in enumerate(events) if b"data: {" in event]))

    def spoil(value: Any) -> Any:
        way = data.draw(st.sampled_from(paths(value)))
        # A delta of fields that nobody knows is what servers send that do more than others: it says nothing.
        assume(not (isinstance(wrong, dict) and way[-1] in ("delta", "message")))
        return replaced(value, way, wrong)

    events[number] = changed(events[number], spoil)
    text, _, reason = heard([b"".join(events)], shape)
    if reason in ("complete", "refused_by_model"):
        assert text == shape.text, events[number]


@ANY
@given(shape=st.sampled_from(shapes()), data=st.data())
def test_garbage_in_the_middle_raises_nothing(shape: Shape, data: st.DataObject) -> None:
    """Bytes of any value, at any place; deep nesting too."""
    garbage = data.draw(st.binary(max_size=40) | st.just(b'data: {"choices":' + b"[" * 5000) | st.just(b"\xff\xfe"))
    at = data.draw(st.integers(0, len(shape.body)))
    heard([shape.body[:at] + garbage + shape.body[at:]], shape)


JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(("error", "message", "code", "type", "status", "detail", "param", "metadata", "x")),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@ANY
@given(body=JSON, status=st.integers(100, 999) | st.none())
def test_any_error_has_a_reason(body: Any, status: int | None) -> None:
    """Whatever its body holds."""
    fault = fault_of(body, status)
    assert reason_of(fault) in get_args(Reason)
    assert (bound_in(fault) or Bound(1, is_lasting=False)).tokens > -(10**12)
    assert (wait_s_in(fault) or 0.0) >= 0
    if isinstance(body, dict):
        fault_in(body)


@pytest.mark.parametrize("said", ["incorrect api key", "insufficient balance", "rate limit", "model not found"])
def test_what_a_server_repeats_of_a_question_is_no_error(said: str) -> None:
    """Else one person's words could keep everybody from asking."""
    detail = [{"type": "value_error", "loc": ["body", "messages"], "msg": "wrong", "input": said, "ctx": {"x": said}}]
    assert reason_of(fault_of({"detail": detail}, 422)) == "bad_request"
    assert reason_of(fault_of({"error": {"message": "no", "metadata": {"flagged_input": said}}}, 400)) == "bad_request"


@pytest.mark.parametrize(
    "words", ["model " * 5000, "max_tokens " * 5000, "`inputs`" * 5000, "a" * 1_000_000, "try again in 1m" * 999]
)
def test_no_more_of_an_error_is_read_than_it_takes_to_know_it(words: str) -> None:
    """However long it is, for instance because it repeats the whole prompt."""
    fault = fault_of({"message": words, "detail": [words] * 100}, 400)
    assert len(fault.words) == WORDS_MAX
    assert reason_of(fault) in get_args(Reason)


@pytest.mark.parametrize("shape", [shape for shape in WHOLE if shape.api == "responses"], ids=lambda shape: shape.name)
def test_a_response_that_loses_any_event_is_exact_or_not_whole(shape: Shape) -> None:
    """Its events repeat each other, so what one leaves out another has. Chat Completions say everything once."""
    events = events_of(shape)
    sources = sum(shape.text in event.decode() for event in events)
    for number in range(len(events)):
        text, _, reason = heard([b"".join(events[:number] + events[number + 1 :])], shape)
        if reason in ("complete", "refused_by_model") and sources > 1:
            assert text == shape.text

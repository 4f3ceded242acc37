"""What an answer used and cost, told or estimated."""

import pytest

from messages.turn import Reason
from messages.usage import Usage
from models.answer_account import AnswerAccount, tokens_asked, usage_of
from models.entries import Entry
from models.events import Piece, StreamFinished, TextDropped, Thought
from models.model import Model
from models.prompt import Prompt

MODEL = Model(name="m", price_in=3.0, price_out=6.0)
ASKED = Prompt(
    model="m",
    instructions="x" * 300,
    dialogue=(Entry("user", "ü" * 150), Entry("assistant", "y" * 300)),
    output_tokens_max=500,
    temperature=None,
)


def used(told: Usage | None, reason: Reason = "complete", written: int = 0) -> Usage | None:
    return usage_of(told, reason=reason, asked=tokens_asked(ASKED), written=written, model=MODEL)


def test_what_the_model_counted_is_priced_and_not_estimated() -> None:
    """All of the input at its full price."""
    told = Usage(input_tokens=1_000, output_tokens=500)
    assert used(told, written=9) == Usage(input_tokens=1_000, output_tokens=500, cost=6_000)


def test_what_was_not_counted_is_estimated_from_prompt_and_text() -> None:
    """By bytes, so that scripts beyond ASCII are not taken for less than they are."""
    estimate = used(None, "stream_broke", written=301)
    assert estimate is not None
    assert estimate.estimated
    # Three entries of 300 bytes each.
    assert 300 < estimate.input_tokens < 350
    assert estimate.output_tokens == 101
    assert estimate.cost == estimate.input_tokens * 3 + 101 * 6


@pytest.mark.parametrize(
    "reason", ["wrong_key", "rate_limited", "quota_exhausted", "model_unknown", "context_too_long", "bad_request"]
)
def test_a_refusal_before_the_first_word_used_nothing(reason: Reason) -> None:
    """Unless the server counted, or had begun to speak."""
    assert used(None, reason) is None
    assert used(None, reason, written=1) is not None
    assert used(Usage(input_tokens=1, output_tokens=0), reason) is not None


@pytest.mark.parametrize("reason", ["no_text", "content_filter", "token_limit", "server_error", "stream_broke"])
def test_a_model_that_said_nothing_has_still_read(reason: Reason) -> None:
    """What it was told is paid for."""
    estimate = used(None, reason)
    assert estimate is not None
    assert estimate.output_tokens == 0
    assert estimate.cost is not None
    assert estimate.cost > 0


@pytest.mark.parametrize(("count", "kept"), [(-1, 0), (10**30, 10**9)])
def test_a_count_that_no_answer_has_spoils_no_sum(count: int, kept: int) -> None:
    """Storage keeps 64 bits, and a negative cost would be a gift."""
    told = used(Usage(input_tokens=count, output_tokens=count))
    assert told is not None
    assert (told.input_tokens, told.output_tokens) == (kept, kept)
    assert told.cost == 9 * kept


def test_text_that_turns_out_to_be_reasoning_is_estimated_once() -> None:
    """It is told again as reasoning, but the model wrote it once."""
    account = AnswerAccount(ASKED, MODEL)
    pieces: list[Piece] = ["Hm. " * 60, TextDropped(), Thought("Hm. " * 60), "Hello!" * 10]
    for piece in pieces:
        account.add(piece)
    end = account.completed(StreamFinished(reason="stream_broke", usage=None), has_begun=True)
    assert end.usage is not None
    assert end.usage.output_tokens == 100
    assert account.chars == 60

"""What Discord shows of a turn that streams, and of one that ended."""

from typing import get_args

import msgspec
import pytest

from actors.courier import answer_view
from actors.courier.answer_split import CONTENT_CHARS_MAX, split
from actors.courier.answer_view import PartWanted
from messages import custom_id
from messages.answer import Answer
from messages.components import Button, Link
from messages.enclosure import LeftOut, Problem
from messages.files import File
from messages.ids import ChannelId, MessageId, SessionId, TurnId, UserId
from messages.presses import Continue, Press, Retry, ShowReasoning, Stop, SwitchOn
from messages.turn import AFTER_EDIT, Ending, OutcomePending, Place, Reason
from tests.actors.courier.markdown_texts import random_markdown
from tests.actors.courier.test_answer_split import open_fence
from texts.answers import PROBLEMS
from texts.english import ANSWERS
from texts.say import DEFAULT_LOCALE

TURN = TurnId(12)

BUTTONS: dict[Reason, tuple[str, ...]] = {
    "token_limit": ("Continue",),
    "content_filter": (),
    "too_long": ("Continue",),
    "whole_in_file": (),
    "stopped": ("Retry", "Continue"),
    "stream_broke": ("Retry", "Continue"),
    "ended_early": ("Retry", "Continue"),
    "malformed": ("Retry", "Continue"),
    "first_text_late": ("Retry", "Continue"),
    "stalled": ("Retry", "Continue"),
    "only_keepalives": ("Retry", "Continue"),
    "error_event": ("Retry", "Continue"),
    "response_failed": ("Retry", "Continue"),
    "thought_too_long": ("Retry", "Continue"),
    "no_text": ("Retry",),
    "refused_by_model": (),
    "unreachable": ("Retry",),
    "wrong_key": ("Retry",),
    "rate_limited": ("Retry", "Continue"),
    "quota_exhausted": ("Retry",),
    "answer_too_dear": ("Retry",),
    "server_error": ("Retry",),
    "model_unknown": ("Retry",),
    "wrong_address": ("Retry",),
    "context_too_long": (),
    "text_too_long": (),
    "budget_user": ("Retry",),
    "budget_role": ("Retry",),
    "budget_server": ("Retry",),
    "budget_all": ("Retry",),
    "file_unreadable": ("Retry",),
    "picture_refused": ("Retry",),
    "no_recording": (),
    "question_blocked": (),
    "answer_blocked": ("Retry",),
    "not_heard": ("Retry",),
    "only_files": ("Retry",),
    "bad_request": ("Retry",),
    "not_verified": ("Retry",),
    "no_prompt": (),
    "no_picture": ("Retry",),
    "only_link": ("Retry",),
    "drawing_refused": ("Retry",),
    "picture_late": ("Retry",),
    "picture_gone": (),
    "picture_unusable": (),
    "picture_not_changed": (),
    "cannot_edit": (),
    "cannot_continue": ("Retry",),
    "quarantined": ("Retry",),
    "parked": ("Retry",),
    "question_deleted": (),
    "forgotten": (),
    "session_ended": (),
}
SESSION = SessionId(3)
REFUSALS: tuple[Reason, ...] = (
    "hint", "session_closed", "no_question", "content_hidden", "queue_full", "too_many_questions", "too_old", "storage",
)  # fmt: skip


def ended(
    reason: Reason, text: str = "", ending: Ending = "failed", session: SessionId | None = SESSION
) -> OutcomePending:
    return OutcomePending(
        turn=TURN,
        session=session,
        asker=UserId(4),
        place=Place(channel_id=ChannelId(1), reply_to=MessageId(2), question_id=MessageId(2)),
        ending=ending,
        reason=reason,
        answer=Answer(text=text),
        parts=(),
        attempted=True,
        search=False,
    )


def outcome(turn: OutcomePending) -> tuple[PartWanted, ...]:
    return tuple(answer_view.outcome(turn, split(turn.answer.text), DEFAULT_LOCALE))


def draft(text: str, *, is_thinking: bool = False, starts_again: bool = False) -> tuple[PartWanted, ...]:
    return tuple(
        answer_view.draft(
            TURN, split(text), DEFAULT_LOCALE, doing="thinking" if is_thinking else None, starts_again=starts_again
        )
    )


def pressed(part: PartWanted) -> dict[str, Press | None]:
    return {button.label: custom_id.decode(button.custom_id) for button in part.buttons if isinstance(button, Button)}


def test_nothing_is_shown_before_there_is_text() -> None:
    """Discord refuses an empty message."""
    assert draft("") == ()
    assert draft("\n \u200b") == ()


def test_a_model_that_thinks_is_said_to_and_can_be_stopped() -> None:
    """In small, so that nobody takes it for the answer; the first text takes its place."""
    (part,) = draft("", is_thinking=True)
    assert part.text == f"-# {ANSWERS['thinking']} ▌"
    assert pressed(part) == {"Stop": Stop(turn=TURN)}
    assert draft("Text.", is_thinking=True) == draft("Text.")


def test_a_draft_that_shows_less_than_there_was_says_why() -> None:
    """Below the text, and only where it finds room."""
    (part,) = draft("The", starts_again=True)
    assert part.text == "The ▌\n-# Starting again."
    (full,) = draft("x" * 1990, starts_again=True)
    assert full.text == "x" * 1990 + " ▌"


def test_a_draft_has_a_cursor_and_stop_on_its_last_part_only() -> None:
    """The parts before it are final already."""
    text = "A sentence of the answer. " * 200
    *whole, last = draft(text)
    assert [part.text for part in whole] == list(split(text)[:-1])
    assert all(part.buttons == () for part in whole)
    assert last.text == split(text)[-1] + " ▌"
    assert pressed(last) == {"Stop": Stop(turn=TURN)}


def test_the_cursor_of_a_draft_in_code_stands_below_the_closed_block() -> None:
    """So that the block renders while it grows."""
    (part,) = draft("See:\n```python\nprint(1)")
    assert part.text == "See:\n```python\nprint(1)\n```\n▌"


@pytest.mark.parametrize(("chars", "has_cursor"), [(1998, True), (1999, False), (2000, False)])
def test_a_cursor_that_does_not_fit_is_left_out(chars: int, has_cursor: bool) -> None:
    """2,000 code points are the limit, and Stop stays."""
    (part,) = draft("x" * chars)
    assert part.text == "x" * chars + (" ▌" if has_cursor else "")
    assert "Stop" in pressed(part)


def test_a_whole_answer_is_shown_as_it_is() -> None:
    """Without cursor, sentence or buttons."""
    text = "A sentence of the answer. " * 200
    parts = outcome(ended("complete", text, "answered"))
    assert [part.text for part in parts] == list(split(text))
    assert all(part.buttons == () for part in parts)


def test_drafts_and_outcomes_of_random_markdown_fit_and_render() -> None:
    """Whatever the model wrote: at most 2,000 code points, fences closed, never a blank message."""
    for seed in range(400):
        text = random_markdown(seed)
        shown = (
            *draft(text),
            *outcome(ended("complete", text, "answered")),
            *outcome(ended("token_limit", text, "answered")),
        )
        assert shown, f"seed {seed}"
        for part in shown:
            assert 0 < len(part.text.strip()) <= 2000, f"seed {seed}"
            assert open_fence(part.text) is None, f"seed {seed}"


def test_every_reason_but_a_whole_answer_has_a_sentence() -> None:
    """Short, of its own, and it says what to do: it is a small line, so it is one line."""
    others = [ANSWERS[reason] for reason in get_args(Reason) if reason != "complete"]
    assert len(set(others)) == len(others)
    assert all(10 < len(sentence) < 200 and sentence.endswith(".") and "\n" not in sentence for sentence in others)


@pytest.mark.parametrize(
    "reason", [reason for reason in get_args(Reason) if reason not in ("complete", "question_deleted", "hint")]
)
def test_a_turn_without_text_says_why(reason: Reason) -> None:
    """One message with a sentence, never silence."""
    (part,) = outcome(ended(reason))
    spent = reason in ("token_limit", "too_long")
    assert part.text == ANSWERS["no_text" if spent else "stopped_empty" if reason == "stopped" else reason]


@pytest.mark.parametrize("reason", [reason for reason in get_args(Reason) if reason != "complete"])
@pytest.mark.parametrize("has_text", [True, False])
@pytest.mark.parametrize("has_files", [True, False])
def test_a_sentence_names_only_buttons_that_are_there(reason: Reason, has_text: bool, has_files: bool) -> None:
    """Who reads "press Retry" can press it."""
    ending: Ending = "refused" if reason in REFUSALS else "failed"
    files = (File(name="comet.png", content=b"png"),) if has_files else ()
    cut = msgspec.structs.replace(
        ended(reason, ending=ending), answer=Answer(text="Text." if has_text else "", files=files)
    )
    for part in outcome(cut):
        for label in ("Retry", "Continue"):
            if label in part.text:
                assert label in pressed(part)


def test_reasoning_can_be_asked_for_below_an_answer_that_has_some() -> None:
    """The button stands alone on a whole answer, beside the others on one that is cut, and on one without text."""
    outcomes = (
        ended("complete", "x" * 3000, "answered"),
        ended("token_limit", "Text.", "answered"),
        ended("no_text", "", "failed"),
    )
    whole, cut, empty = (outcome(msgspec.structs.replace(one, has_reasoning=True)) for one in outcomes)
    assert [tuple(pressed(part)) for part in whole] == [(), ("Reasoning",)]
    assert [pressed(part) for part in cut] == [{"Continue": Continue(turn=TURN), "Reasoning": ShowReasoning(turn=TURN)}]
    assert [tuple(pressed(part)) for part in empty] == [("Retry", "Reasoning")]


def test_an_answer_without_any_text_is_not_silence() -> None:
    """Should storage ever hold one, it says so, and offers Retry."""
    (part,) = outcome(ended("complete", " ", "answered"))
    assert part.text == ANSWERS["no_text"]
    assert pressed(part) == {"Retry": Retry(turn=TURN)}


@pytest.mark.parametrize("reason", ["complete", *BUTTONS])
def test_an_edited_question_has_one_button_that_asks_it_again(reason: Reason) -> None:
    """*Retry* asks it as edited too; *Ask again* stands where there is no *Retry*, and the answer's text stays as it was."""
    plain = ended(reason, "Text.")
    edited = outcome(msgspec.structs.replace(plain, is_edited=True))
    assert [part.text for part in edited] == [part.text for part in outcome(plain)]
    again = [label for label, press in pressed(edited[-1]).items() if press == Retry(turn=TURN)]
    assert len(again) == (0 if reason in ("question_deleted", "session_ended", "forgotten") else 1)
    assert ("Ask again" in again) == (reason in AFTER_EDIT)


def test_ask_again_stands_on_the_last_part_of_an_answer_and_on_its_files() -> None:
    """Only the last message of the text has the button, with the files if there are any."""
    long = msgspec.structs.replace(ended("complete", "word " * 1000, "answered"), is_edited=True)
    parts = outcome(long)
    assert len(parts) > 1
    assert [list(pressed(part)) for part in parts] == [[]] * (len(parts) - 1) + [["Ask again"]]
    files = (File(name="comet.png", content=b"png"),)
    drawn = msgspec.structs.replace(long, answer=Answer(text="", files=files))
    (part,) = outcome(drawn)
    assert (part.text, part.files, list(pressed(part))) == ("", files, ["Ask again"])


def test_a_stopped_answer_keeps_its_text_and_says_so_in_small() -> None:
    """In the same message, with both ways on."""
    (part,) = outcome(ended("stopped", "One two", "interrupted"))
    assert part.text == f"One two\n-# {ANSWERS['stopped']}"
    assert pressed(part) == {"Retry": Retry(turn=TURN), "Continue": Continue(turn=TURN)}


def test_a_sentence_after_cut_code_stands_below_the_block() -> None:
    """The block is closed first."""
    (part,) = outcome(ended("token_limit", "```sh\nls", "answered"))
    assert part.text == f"```sh\nls\n```\n-# {ANSWERS['token_limit']}"


def test_a_sentence_that_does_not_fit_is_a_part_of_its_own() -> None:
    """It carries the buttons; exactly filled, it does not."""
    small = f"-# {ANSWERS['stream_broke']}"
    room = 2000 - len(small) - 1
    (filled,) = outcome(ended("stream_broke", "x" * room, "interrupted"))
    assert len(filled.text) == 2000
    text, sentence = outcome(ended("stream_broke", "x" * (room + 1), "interrupted"))
    assert (text.text, text.buttons) == ("x" * (room + 1), ())
    assert sentence.text == small
    assert set(pressed(sentence)) == {"Retry", "Continue"}


@pytest.mark.parametrize(("reason", "labels"), BUTTONS.items())
def test_each_reason_offers_what_can_mend_it(reason: Reason, labels: tuple[str, ...]) -> None:
    """Retry where a later try can succeed, Continue where there is something to carry on."""
    (part,) = outcome(ended(reason, "Text."))
    assert tuple(pressed(part)) == labels
    for without in outcome(ended(reason)):
        assert "Continue" not in pressed(without)


def test_an_answer_of_a_model_that_cannot_go_on_has_no_continue() -> None:
    """A transcript, a judgement and a vector have no second half."""
    (part,) = outcome(msgspec.structs.replace(ended("stopped", "Text."), can_continue=False))
    assert tuple(pressed(part)) == ("Retry",)


@pytest.mark.parametrize("reason", REFUSALS)
def test_a_refusal_offers_nothing_to_ask_again(reason: Reason) -> None:
    """There is no turn to ask again: the person writes again. Below the hint they choose a status first."""
    assert BUTTONS.keys() | set(REFUSALS) | {"complete"} == set(get_args(Reason))
    (part,) = outcome(ended(reason, ending="refused", session=None))
    assert pressed(part) == ({"new": SwitchOn("new"), "activate": SwitchOn("activate")} if reason == "hint" else {})


def test_the_hint_explains_the_bot_in_three_lines_and_links_to_more_where_the_operator_names_a_page() -> None:
    """Without a page there is no button that leads nowhere; no other refusal has one."""
    url = "https://example.org/guide"
    (hint,) = outcome(msgspec.structs.replace(ended("hint", ending="refused", session=None), guide_url=url))
    assert hint.text.splitlines() == [ANSWERS["hint"], ANSWERS["hint.session"], ANSWERS["hint.commands"]]
    assert hint.buttons[-1] == Link(label="More", url=url)
    assert [button.label for button in hint.buttons] == ["new", "activate", "More"]
    (refused,) = outcome(msgspec.structs.replace(ended("too_old", ending="refused", session=None), guide_url=url))
    assert refused.buttons == ()


def test_each_reason_has_a_sentence_of_its_own() -> None:
    """Whoever tells the operator what they read has said what happened."""
    reasons = get_args(Reason)
    assert len({ANSWERS[reason] for reason in reasons}) == len(reasons)


def test_a_limit_says_when_to_press_retry() -> None:
    """In each reader's own time, and never too early."""
    limited = msgspec.structs.replace(ended("rate_limited"), again_at_s=1_790_000_000.2)
    (part,) = outcome(limited)
    assert "Press **Retry** <t:1790000001:R>." in part.text
    assert set(pressed(part)) == {"Retry"}


def test_the_footer_says_that_a_session_is_public_where_it_must() -> None:
    """Below a whole answer, below a sentence too, and in a part of its own where it does not fit."""
    whole = msgspec.structs.replace(ended("complete", "Ice.", "answered"), note_public=True)
    assert [part.text for part in outcome(whole)] == [f"Ice.\n-# {ANSWERS['public_session']}"]
    cut = msgspec.structs.replace(ended("stopped", "Ice", "interrupted"), note_public=True)
    (part,) = outcome(cut)
    assert part.text == f"Ice\n-# {ANSWERS['stopped']}\n-# {ANSWERS['public_session']}"
    full = msgspec.structs.replace(ended("complete", "x" * 2000, "answered"), note_public=True)
    assert [part.text for part in outcome(full)] == ["x" * 2000, f"-# {ANSWERS['public_session']}"]


def shown_without(*left_out: LeftOut, text: str = "Ice.", reason: Reason = "complete") -> str:
    """Return what a message shows of an answer for which files were left out."""
    (part,) = outcome(msgspec.structs.replace(ended(reason, text, "answered" if text else "failed"), left_out=left_out))
    return part.text


def test_the_footer_names_the_files_that_no_model_was_shown_and_why() -> None:
    """Three of them by name for each reason, each short and without Markdown; beside an answer, not beside another sentence."""
    gone = ANSWERS["problem.gone"]
    assert shown_without(LeftOut("cat.png", "gone")) == f"Ice.\n-# I left out cat.png: {gone}."
    assert shown_without(*(LeftOut(name, "gone") for name in ("**a**", "b", "c", "d", "e"))) == (
        f"Ice.\n-# I left out \\*\\*a\\*\\*, b, c and 2 more: {gone}."
    )
    assert shown_without(LeftOut("a", "gone"), LeftOut("b", "heic"), LeftOut("c", "gone")).splitlines() == [
        "Ice.",
        f"-# I left out a, c: {gone}.",
        f"-# I left out b: {ANSWERS['problem.heic']}.",
    ]
    assert len(shown_without(LeftOut("x" * 1000, "gone"))) < 150
    assert shown_without(LeftOut("cat.png", "gone"), text="", reason="unreachable") == ANSWERS["unreachable"]


def test_a_message_with_nothing_but_such_files_is_told_why() -> None:
    """However many files there are, and whatever they are called, it is one message."""
    said = shown_without(LeftOut("a.heic", "heic"), text="", reason="only_files")
    assert said == f"I left out a.heic: {ANSWERS['problem.heic']}.\n{ANSWERS['only_files']}"
    files = [LeftOut("*" * 100, problem) for problem in (*PROBLEMS, "cut") for _ in range(9)]
    assert len(shown_without(*files, text="", reason="only_files")) <= CONTENT_CHARS_MAX
    assert len(shown_without(*files)) <= CONTENT_CHARS_MAX


def test_every_problem_has_its_sentence() -> None:
    """A problem without one could not be told."""
    assert PROBLEMS.keys() == set(get_args(Problem)) - {"", "cut"}


def test_of_a_document_that_was_cut_the_footer_says_how_much_was_told() -> None:
    """In pages, where it has some."""
    cut = LeftOut("a.pdf", "cut", pages=200, pages_read=30)
    assert shown_without(cut).endswith("\n-# Of a.pdf, the model was told 30 of 200 pages.")
    assert shown_without(LeftOut("a.txt", "cut")).endswith("\n-# Of a.txt, the model was told only the beginning.")


def test_a_deleted_question_without_an_answer_leaves_nothing() -> None:
    """There is nothing to reply to; an answer that stands already says why it ends."""
    assert outcome(ended("question_deleted", "", "cancelled")) == ()
    (part,) = outcome(ended("question_deleted", "One", "cancelled"))
    assert part.text.startswith("One\n-# ")

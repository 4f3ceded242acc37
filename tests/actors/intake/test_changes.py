"""Edits and deletions count by what Discord says of them, in whatever order, how late and how often they are heard."""

import random
from typing import Any, Final

import pytest

from actors.intake.changes import KEPT_MAX, KEPT_S, Changes
from actors.intake.core import IntakeCore
from actors.intake.effects import Arrived, Effect, Execute, StorageAnswered, Tick
from current import Fixed
from messages.ids import ChannelId, MessageId, SessionId, TurnId, UserId
from messages.intake import ChannelEvent, ChannelRead, EventsDropped, IntakeMessage, MessageDeleted, MessageEdited
from messages.intake import MessagePosted as Posted
from messages.verbs.acceptance import Accepted, AcceptMessage
from messages.verbs.cancellations import EditQuestion, WithdrawQuestion

CHANNEL: Final = ChannelId(1)
QUESTION: Final = MessageId(5)


def posted(text: str, edited_s: float | None = None) -> Posted:
    return Posted(
        message_id=QUESTION,
        channel_id=CHANNEL,
        guild_id=None,
        author_id=UserId(1),
        author_name="Somebody",
        by_person=True,
        text=text,
        mentions_bot=False,
        reply_to=None,
        edited_s=edited_s,
    )


def edited(text: str, edited_s: float, message: MessageId = QUESTION) -> MessageEdited:
    return MessageEdited(message_id=message, channel_id=CHANNEL, text=text, edited_s=edited_s)


DELETED: Final = MessageDeleted(message_id=QUESTION, channel_id=CHANNEL)


class Rows:
    """What storage has of the question."""

    def __init__(self) -> None:
        self.core = IntakeCore(missed_age_s=Fixed(1e9), reads_per_s=Fixed(1e9))
        self.text: str | None = None
        self.now_s = 0.0

    def hear(self, *messages: IntakeMessage) -> None:
        self.do(self.core.receive(Arrived(messages), self.now_s, self.now_s))
        while (at_s := self.core.tick_at_s()) is not None and at_s <= self.now_s:
            self.do(self.core.receive(Tick(), self.now_s, self.now_s))

    def do(self, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Execute):
                answers = tuple(self.commit(verb) for verb in effect.verbs)
                self.do(self.core.receive(StorageAnswered(answers), self.now_s, self.now_s))

    def commit(self, verb: Any) -> Accepted | None:
        match verb:
            case AcceptMessage(posted=message):
                self.text = message.text if self.text is None else self.text
                return Accepted(turn=TurnId(1), session=SessionId(1))
            case EditQuestion(text=text) if self.text is not None:
                self.text = text
            case WithdrawQuestion() if self.text is not None:
                self.text = None
        return None


@pytest.mark.parametrize("seed", range(300))
def test_whatever_the_order_the_question_is_as_discord_shows_it(seed: int) -> None:
    """Events of one message come late, twice, and before the message itself; together or one by one."""
    chance = random.Random(seed)
    edits = [edited(text, float(number)) for number, text in enumerate(("B", "A", "C", "A")[: seed % 5], start=1)]
    is_deleted = seed % 3 == 0
    events: list[ChannelEvent] = [posted("A"), *edits, *([DELETED] if is_deleted else [])]
    events += chance.choices(events[1:], k=2) if len(events) > 1 else []
    chance.shuffle(events)
    rows = Rows()
    while events:
        size = chance.randint(1, 3)
        rows.hear(*events[:size])
        del events[:size]
        rows.now_s += chance.random() * 10
    assert rows.text == (None if is_deleted else edits[-1].text if edits else "A")


def test_a_question_that_began_empty_is_accepted_with_the_text_of_an_edit_that_was_heard_first() -> None:
    """Otherwise it would be refused for good: there was nothing to ask."""
    rows = Rows()
    rows.hear(edited("How far is the moon?", 1.0))
    rows.hear(posted(""))
    assert rows.text == "How far is the moon?"


def test_what_a_channel_is_found_to_say_settles_what_nobody_heard_of() -> None:
    """The question is known as A; its edit to B found no room; the channel is read again and says B. An older page does not count."""
    rows = Rows()
    rows.hear(posted("A"))
    for text, edited_s, current in (("B", 2.0, "B"), ("A", 1.0, "B"), ("C", 3.0, "C")):
        rows.hear(EventsDropped(channel_id=CHANNEL, after=MessageId(4)))
        page = (posted(text, edited_s),)
        rows.hear(
            ChannelRead(channel_id=CHANNEL, after=MessageId(4), messages=page, last=QUESTION, complete=True),
        )
        assert rows.text == current


def test_changes_are_forgotten_after_some_minutes_and_are_bounded() -> None:
    changes = Changes()
    for number in range(2 * KEPT_MAX):
        list(changes.current(edited("A", 1.0, MessageId(number)), missed=False, now_s=0.0))
    assert len(changes._newest) == len(changes._heard_s) == KEPT_MAX
    list(changes.current(edited("A", 1.0, MessageId(0)), missed=False, now_s=KEPT_S + 1.0))
    assert changes._newest.keys() == changes._heard_s.keys() == {0}

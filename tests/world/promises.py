"""The promises: what must never happen in a world, and what must be true when everything is finished."""

import re
from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from actors.courier import answer_view
from actors.courier.answer_split import split
from actors.courier.reactions import DONE, TOLD_BEFORE, WRITING
from messages.components import Button, Link
from messages.ids import MessageId, TurnId, UserId
from storage.unit_of_work import outcome_of
from tests.world.discord import Message
from tests.world.model import Request, end_mark
from tests.world.world import World
from texts.english import ANSWERS
from texts.say import DEFAULT_LOCALE

TOKEN: Final = re.compile(r"\bq\d+\b")
"""A token that every question contains; no two have the same."""

LISTENING: Final = ("new", "activate")


def watch(world: World) -> None:
    """Look at everything that is posted and asked, when it happens."""
    world.discord.saw_post = partial(_posted, world)
    world.model.saw = partial(_asked, world)


def _posted(world: World, message: Message) -> None:
    if message.channel.person is not None and message.nonce is not None and message.nonce.startswith("note."):
        return
    reply_to = message.reply_to
    if reply_to is None:
        return  # what it answers is gone
    asked = world.discord.messages[MessageId(reply_to)]
    if asked.channel is not message.channel:
        world.broken.append(f"answer to {reply_to} in another channel")
    committed = world.one("SELECT 1 FROM turn WHERE reply_to = ?", reply_to)
    if committed is None and message.content != ANSWERS["storage"]:
        world.broken.append(f"{message.content!r} is visible before {reply_to} is committed")


def _asked(world: World, request: Request) -> None:
    """A model is told what was said in this session, nothing else, and what was not finished is not told as finished."""
    turn = request.turn
    session = world.one("SELECT creator FROM session WHERE id = ?", turn.session)
    if turn.system_msg != system_msg_of(session["creator"]):
        world.broken.append(f"turn {turn.turn} is told the system message {turn.system_msg!r}")
    for said in (*turn.history, turn.question):
        for token in TOKEN.findall(said.text) if said.role == "user" else ():
            if turn.session not in _sessions_of(world, token):
                world.broken.append(f"turn {turn.turn} of session {turn.session} is told {token}")
        if said.role == "assistant" and not said.cut and not _is_finished(world, turn.session, said.text):
            world.broken.append(f"turn {turn.turn} is told {said.text!r} as an answer")


def system_msg_of(person: int) -> str:
    """Return a system message that is told to the models of that person's sessions alone."""
    return f"sys-{person}"


def _sessions_of(world: World, token: str) -> set[int]:
    said = [message for message, texts in world.versions.items() if any(token in TOKEN.findall(text) for text in texts)]
    return {row["session"] for cause in said for row in world.all("SELECT session FROM turn WHERE cause = ?", cause)}


def _is_finished(world: World, session: int, text: str) -> bool:
    return any(
        text.endswith(end_mark(one.number)) and one.reason == "complete" and one.turn.session == session
        for one in world.model.requests
    )


# When everything has come to rest


def not_over(world: World) -> list[str]:
    """Return the turns that are not finished."""
    rows = world.all("SELECT id, state, reason, owed FROM turn WHERE owed = 1 OR state IN ('queued', 'streaming')")
    return [f"turn {row['id']} is {row['state']} ({row['reason']}), owed {row['owed']}" for row in rows]


def wrong(world: World) -> Iterator[str]:
    """Return every broken promise of a world in which everything is finished."""
    turns = world.all("SELECT * FROM turn ORDER BY id")
    for turn in turns:
        yield from _wrong_reply(world, turn)
    for message in world.versions:
        yield from _wrong_outcome(world, world.discord.messages[message])
    yield from _disordered(world)
    yield from _strays(world)
    yield from _wrong_sessions(world, turns)


def _wrong_reply(world: World, turn: Any) -> Iterator[str]:
    """Discord shows exactly how this turn ended."""
    name = f"turn {turn['id']} ({turn['state']}, {turn['reason']})"
    channel = world.discord.channels[turn["channel_id"]]
    question = None if turn["question_id"] is None else world.discord.messages[turn["question_id"]]
    if question is not None and not question.gone and channel.refusal is None:
        yield from _wrong_marks(name, turn, question, lenient=channel.was_closed)
    rows = world.all("SELECT message_id FROM reply WHERE turn = ? ORDER BY message_id", turn["id"])
    standing = [world.discord.messages[row["message_id"]] for row in rows]
    standing = [message for message in standing if not message.gone]
    if turn["session"] is not None and _is_removed(world, turn["session"]):
        return  # nothing is kept that could be compared
    if turn["reason"] == "too_old" and not standing:
        return  # an earlier notice speaks for it
    if turn["reason"] == "question_deleted" and turn["attempt"]:
        # Its text was erased when all of it stood there.
        if standing and not standing[-1].content.endswith(ANSWERS["question_deleted"]):
            yield f"{name} does not say why {standing[-1].content!r} ends"
        return
    outcome = outcome_of(world.rows._unit, TurnId(turn["id"]))
    wanted = list(answer_view.outcome(outcome, split(outcome.answer.text), DEFAULT_LOCALE))
    shown = [(message.content.strip(), message.custom_ids) for message in standing]
    if shown != [(part.text.strip(), _custom_ids(part.buttons)) for part in wanted]:
        if turn["muted"] and not shown:
            return
        if not channel.was_closed:
            yield f"{name} shows {shown}, not {wanted}"
        elif not shown and _text_is_owed(turn) and not world.one("SELECT 1 FROM note WHERE turn = ?", turn["id"]):
            yield f"{name} shows nothing, and nothing is kept for its asker"
    yield from _wrong_text(world, turn, name)


def _text_is_owed(turn: Any) -> bool:
    return bool(turn["draft"]) and turn["state"] not in ("refused", "cancelled")


def _wrong_marks(name: str, turn: Any, question: Message, *, lenient: bool) -> Iterator[str]:
    if WRITING in question.reactions and not lenient:
        yield f"{name} still has {WRITING}"
    if (DONE in question.reactions) != (turn["state"] == "delivered") and not lenient:
        yield f"{name} has the reactions {question.reactions}"
    if TOLD_BEFORE in question.reactions and not turn["muted"]:
        yield f"{name} says that a notice speaks for it"


def _custom_ids(buttons: tuple[Button | Link, ...]) -> tuple[str, ...]:
    return tuple(button.custom_id for button in buttons if isinstance(button, Button))


def _wrong_text(world: World, turn: Any, name: str) -> Iterator[str]:
    """The stored answer is what a model said to this turn, whole or as far as it came."""
    text, requests = turn["draft"], world.model.of_turn(turn["id"])
    if turn["state"] in ("answered", "delivered") and turn["reason"] == "complete":
        if not any(text == one.whole == one.said for one in requests):
            yield f"{name} keeps {text!r}, which no model said to it"
    elif text and not any(one.said.startswith(text) for one in requests):
        yield f"{name} keeps {text!r}, which is no beginning of an answer to it"


def _is_removed(world: World, session: int) -> bool:
    row = world.one("SELECT is_removed FROM session WHERE id = ?", session)
    return bool(row["is_removed"])


def _wrong_outcome(world: World, message: Message) -> Iterator[str]:
    """A person's message that should be answered has one outcome."""
    turn = world.one("SELECT * FROM turn WHERE cause = ?", message.id)
    notices = [one for one in world.discord.replies(message.id) if one.content == ANSWERS["storage"]]
    if len(notices) + (turn is not None) > 1:
        yield f"message {message.id} has {len(notices)} notices that it was not stored" + (
            f", and turn {turn['id']}" if turn is not None else ""
        )
    if turn is not None or notices or message.gone or message.channel.was_closed:
        return
    chosen = world.statuses[UserId(message.author.id)]
    before = [status for interaction, status in chosen if interaction < message.id]
    after = [status for interaction, status in chosen if interaction > message.id]
    if before and before[-1] in LISTENING and not after:
        yield f"message {message.id} ({message.content!r}) was passed over"


def _strays(world: World) -> Iterator[str]:
    """Every message of the bot's holds a part of a turn, or a notice that could not be committed.

    What a process could not record before it was killed is found again, but not where Discord lets nobody read, and not when
    it landed after the kill and after its question was deleted: then it replies to nothing (docs/reliability.md, "What is not promised").
    """
    known = {row["message_id"] for row in world.all("SELECT message_id FROM reply")}
    for message in world.discord.by_bot():
        is_note = message.nonce is not None and message.nonce.startswith("note.")
        is_hidden = message.channel.was_closed or message.replies_to_nothing
        if message.id not in known and not is_note and not is_hidden and message.content != ANSWERS["storage"]:
            yield f"message {message.id} ({message.content!r}) to {message.reply_to} is nobody's"


def _disordered(world: World) -> Iterator[str]:
    """In each channel, a session's answers stand in the order in which their models were asked."""
    turns = world.all(
        "SELECT id, session, channel_id, cause FROM turn WHERE state NOT IN ('refused', 'cancelled') AND attempt > 0"
    )
    newest: dict[tuple[int, int], int] = {}
    for turn in sorted(turns, key=lambda turn: (world.taken[turn["cause"]], turn["cause"])):
        rows = world.all("SELECT message_id FROM reply WHERE turn = ?", turn["id"])
        standing = [row["message_id"] for row in rows if not world.discord.messages[row["message_id"]].gone]
        place = (turn["session"], turn["channel_id"])
        if standing and min(standing) < newest.get(place, 0):
            yield f"turn {turn['id']} shows {min(standing)} above {newest[place]} of an earlier turn"
        newest[place] = max([newest.get(place, 0), *standing])


def _wrong_sessions(world: World, turns: list[Any]) -> Iterator[str]:
    """What replies to an answer goes where that came from, or is refused."""
    for turn in turns:
        question = world.discord.messages.get(turn["cause"])
        if question is None or question.reply_to is None or turn["session"] is None:
            continue
        answered = world.one(
            "SELECT session FROM turn JOIN reply ON reply.turn = turn.id WHERE message_id = ?", question.reply_to
        )
        if answered is not None and answered["session"] not in (None, turn["session"]):
            yield f"turn {turn['id']} went to session {turn['session']}, not {answered['session']}"

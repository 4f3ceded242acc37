"""Which turns wait behind others of their session, and what their replies say of that."""

from messages.courier import TurnWaits
from messages.ids import ChannelId, GuildId, MessageId, SessionId, TurnId, UserId
from messages.session import QueueRead
from messages.turn import Place
from messages.verbs.turns import ReadQueue
from storage.unit_of_work import UnitOfWork, Verbs, locale_of_place


def read_queue(unit: UnitOfWork, verb: ReadQueue) -> QueueRead:
    """Return which turns have been queued for that long, and record that their replies may say so; writes.

    A turn that was begun before has a reply already, with what it has of its answer.
    """
    row = unit.one("SELECT count(*) AS turns FROM turn WHERE session = ? AND state = 'streaming'", verb.session)
    under_way = 0 if row is None else int(row["turns"])
    is_private = unit.one("SELECT 1 FROM session WHERE id = ? AND is_public = 0", verb.session) is not None
    waits: list[TurnWaits] = []
    next_s: float | None = None
    queued = unit.all(
        "SELECT id, asker, guild, channel_id, reply_to, question_id, attempt, wait_told, create_time FROM turn"
        " WHERE session = ? AND state = 'queued' ORDER BY cause",
        verb.session,
    )
    for number, turn in enumerate(queued):
        left_s = verb.waited_s - (verb.now_s - turn["create_time"])
        if turn["attempt"]:
            continue
        # One that seems to be of the future was queued before the clock was put right.
        if 0 < left_s <= verb.waited_s and not turn["wait_told"]:
            next_s = left_s if next_s is None else min(left_s, next_s)
            continue
        guild = None if turn["guild"] is None else GuildId(turn["guild"])
        # How many questions wait in a private session is told to nobody but its owner, and others read what stands in a server.
        is_hidden = is_private and guild is not None
        waits.append(
            TurnWaits(
                turn=TurnId(turn["id"]),
                session=SessionId(verb.session),
                asker=UserId(turn["asker"]),
                place=_place(turn["channel_id"], turn["reply_to"], turn["question_id"]),
                ahead=0 if is_hidden else under_way + number,
                resumed=bool(turn["wait_told"]),
                locale=locale_of_place(unit, guild, UserId(turn["asker"])),
            )
        )
        if not turn["wait_told"]:
            unit.run("UPDATE turn SET wait_told = 1 WHERE id = ?", turn["id"])
    return QueueRead(waits=tuple(waits), next_s=next_s)


def _place(channel: int, reply_to: int, question: int | None) -> Place:
    return Place(
        channel_id=ChannelId(channel),
        reply_to=MessageId(reply_to),
        question_id=None if question is None else MessageId(question),
    )


VERBS: Verbs = {ReadQueue: read_queue}

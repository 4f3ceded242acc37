"""What a refused request tells about the bot's permissions."""

from typing import Any

import pytest

from actors.courier.answer_view import PartWanted
from actors.courier.effects import Lacks
from actors.courier.lacks import lack_of
from actors.courier.requests import PostPart, React
from discord_api.results import Done, Impossible, Unknown
from messages import channel_permissions as permissions
from messages.courier import ReadChannel
from messages.files import File
from messages.ids import ChannelId, MessageId, TurnId

CHANNEL, MESSAGE = ChannelId(1), MessageId(2)
REACT = React(turn=TurnId(1), channel_id=CHANNEL, message_id=MESSAGE, emoji="👌")
READ = ReadChannel(channel_id=CHANNEL, after=MESSAGE)
ALL = (1 << 53) - 1 - permissions.ADMINISTRATOR


def post(*files: File) -> PostPart:
    wanted = PartWanted("Text.", (), files)
    return PostPart(turn=TurnId(1), channel_id=CHANNEL, part=0, reply_to=MESSAGE, nonce="n", wanted=wanted)


@pytest.mark.parametrize(
    ("request_", "code", "lacks"),
    [
        (post(), 50013, permissions.SEND_MESSAGES | permissions.SEND_MESSAGES_IN_THREADS),
        (post(File(name="a.png", content=b"a")), 50013, permissions.ATTACH_FILES),
        (post(), 50001, permissions.VIEW_CHANNEL),
        (post(), 160002, permissions.READ_MESSAGE_HISTORY),
        (REACT, 50013, permissions.ADD_REACTIONS),
        (REACT, 50001, permissions.VIEW_CHANNEL),
        (READ, 50013, permissions.READ_MESSAGE_HISTORY),
    ],
)
def test_a_refusal_tells_which_permission_is_missing(request_: Any, code: int, lacks: int) -> None:
    """Discord names no permission; the request and the code say which it must be."""
    assert lack_of(request_, Impossible(code)) == Lacks(CHANNEL, lacks)


@pytest.mark.parametrize("result", [Done(), Unknown(), Impossible(10003), Impossible(50035), Impossible(50007)])
def test_anything_else_tells_nothing(result: Any) -> None:
    """A channel that is gone, a text that is not taken, a person who closed their direct messages: no permission is missing."""
    assert lack_of(post(), result) is None


@pytest.mark.parametrize(
    ("given", "in_thread", "lacks"),
    [
        (permissions.ADMINISTRATOR, False, 0),
        (ALL, True, 0),
        (ALL - permissions.SEND_MESSAGES, True, 0),
        (ALL - permissions.SEND_MESSAGES, False, permissions.SEND_MESSAGES),
        (ALL - permissions.SEND_MESSAGES_IN_THREADS, True, permissions.SEND_MESSAGES_IN_THREADS),
        (ALL - permissions.SEND_MESSAGES_IN_THREADS, False, 0),
    ],
)
def test_what_is_lacking_depends_on_threads_and_administrators(given: int, in_thread: bool, lacks: int) -> None:
    """Administrators may do everything, and threads have a permission to send of their own."""
    assert permissions.lacking(given, in_thread=in_thread) == lacks

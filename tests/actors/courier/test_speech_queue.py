"""Answers that were read aloud, on their way to Discord."""

import pytest
from msgspec.structs import replace

from actors.courier.requests import DeleteSpeech, PostSpeech, SearchSpeech, SpeechRequest
from actors.courier.speech_queue import SpeechQueue
from discord_api.results import Done, Found, Impossible, Limited, Posted, Unknown
from messages.files import File
from messages.ids import ChannelId, MessageId, TurnId, UserId
from messages.speech import SpeechMade
from messages.verbs.speech import ForgetSpeech, RecordSpeechSent

TURN = TurnId(7)
SENT = RecordSpeechSent(turn=TURN, message_id=MessageId(30))


def made(waveform: str = "AAAA") -> SpeechMade:
    return SpeechMade(
        turn=TURN,
        asker=UserId(1),
        channel_id=ChannelId(2),
        reply_to=MessageId(10),
        after=MessageId(10),
        file=File(name="voice-message.ogg", content=b"OggS"),
        seconds=1.0,
        waveform=waveform,
    )


def next_of(queue: SpeechQueue) -> tuple[float, SpeechRequest]:
    """Begin the one request that may be sent."""
    ((at_s, request),) = queue.waiting()
    queue.began(request)
    assert not list(queue.waiting())
    return at_s, request


def test_what_was_just_made_is_posted_as_a_voice_message() -> None:
    """Once, however often it is told."""
    queue = SpeechQueue()
    queue.add(made(), search=False)
    queue.add(made(), search=True)
    _, request = next_of(queue)
    assert request == PostSpeech(turn=TURN, channel_id=ChannelId(2), speech=made(), is_voice=True)
    assert queue.ended(request, Posted(MessageId(30), ""), 0.0) == [SENT]
    assert not list(queue.waiting())


def test_what_an_earlier_process_made_is_looked_for_first() -> None:
    """Page by page; only where it is not there, it is posted."""
    queue = SpeechQueue()
    queue.add(made(), search=True)
    _, search = next_of(queue)
    assert search == SearchSpeech(turn=TURN, channel_id=ChannelId(2), after=MessageId(10), reply_to=MessageId(10))
    assert not queue.ended(search, Found((), more_after=MessageId(20)), 0.0)
    _, search = next_of(queue)
    assert isinstance(search, SearchSpeech)
    assert search.after == 20
    assert not queue.ended(search, Found(()), 0.0)
    assert isinstance(next_of(queue)[1], PostSpeech)


def test_what_is_found_is_not_posted() -> None:
    """The first of several."""
    queue = SpeechQueue()
    queue.add(made(), search=True)
    assert queue.ended(next_of(queue)[1], Found((MessageId(30), MessageId(31))), 0.0) == [SENT]


def test_a_post_without_an_answer_is_looked_for_after_a_pause() -> None:
    """Discord may have stored it."""
    queue = SpeechQueue()
    queue.add(made(), search=False)
    assert not queue.ended(next_of(queue)[1], Unknown(), 5.0)
    at_s, request = next_of(queue)
    assert isinstance(request, SearchSpeech)
    assert at_s == 6.0


def test_a_limit_is_waited_for() -> None:
    """Discord did not do it: the same request again."""
    queue = SpeechQueue()
    queue.add(made(), search=False)
    _, request = next_of(queue)
    assert not queue.ended(request, Limited(3.0), 5.0)
    assert next_of(queue) == (8.0, request)


@pytest.mark.parametrize("code", [50173, 50013, 50161])
def test_what_discord_does_not_take_as_a_voice_message_is_a_file(code: int) -> None:
    """And where it does not take that either, the text is all there is."""
    queue = SpeechQueue()
    queue.add(made(), search=False)
    assert not queue.ended(next_of(queue)[1], Impossible(code), 0.0)
    _, request = next_of(queue)
    assert isinstance(request, PostSpeech)
    assert not request.is_voice
    assert queue.ended(request, Impossible(code), 0.0) == [ForgetSpeech(turn=TURN)]
    assert not list(queue.waiting())


def test_in_a_channel_that_is_gone_nothing_is_tried_twice() -> None:
    """A file could not be posted there either."""
    queue = SpeechQueue()
    queue.add(made(), search=False)
    assert queue.ended(next_of(queue)[1], Impossible(10003), 0.0) == [ForgetSpeech(turn=TURN)]


def test_what_has_no_waveform_is_a_file() -> None:
    """It is no Ogg with Opus."""
    queue = SpeechQueue()
    queue.add(made(""), search=False)
    request = next_of(queue)[1]
    assert isinstance(request, PostSpeech)
    assert not request.is_voice


WITHDRAWN = replace(made(""), file=File(name="voice-message.ogg"), is_withdrawn=True)
FORGET = ForgetSpeech(turn=TURN)


def test_what_is_withdrawn_before_it_is_sent_is_only_looked_for() -> None:
    """An earlier try may have landed. What was loaded before is not posted any more, whenever it comes."""
    queue = SpeechQueue()
    queue.add(made(), search=False)
    queue.withdraw(WITHDRAWN)
    queue.add(made(), search=False)
    _, request = next_of(queue)
    assert isinstance(request, SearchSpeech)
    assert queue.ended(request, Found(()), 0.0) == [FORGET]
    assert not list(queue.waiting())


@pytest.mark.parametrize("result", [Posted(MessageId(30), ""), Unknown()])
def test_what_is_withdrawn_while_it_is_sent_is_deleted(result: Posted | Unknown) -> None:
    """Also where no answer came: then it is looked for first, and the deletion is tried again."""
    queue = SpeechQueue()
    queue.add(made(), search=False)
    _, request = next_of(queue)
    assert isinstance(request, PostSpeech)
    queue.withdraw(WITHDRAWN)
    assert not queue.ended(request, result, 0.0)
    _, request = next_of(queue)
    if isinstance(result, Unknown):
        assert isinstance(request, SearchSpeech)
        assert not queue.ended(request, Found((MessageId(30),)), 0.0)
        _, request = next_of(queue)
    assert request == DeleteSpeech(turn=TURN, channel_id=ChannelId(2), message_id=MessageId(30))
    assert not queue.ended(request, Unknown(), 0.0)
    assert next_of(queue)[1] == request
    assert queue.ended(request, Done(), 0.0) == [FORGET]
    assert not list(queue.waiting())


def test_what_is_withdrawn_while_discord_refuses_it_is_not_tried_as_a_file() -> None:
    queue = SpeechQueue()
    queue.add(made(), search=False)
    _, request = next_of(queue)
    queue.withdraw(WITHDRAWN)
    assert queue.ended(request, Impossible(50173), 0.0) == [FORGET]


def test_what_an_earlier_process_withdrew_is_looked_for_and_deleted() -> None:
    """The rows say so."""
    queue = SpeechQueue()
    queue.add(WITHDRAWN, search=False)
    _, request = next_of(queue)
    assert not queue.ended(request, Found((MessageId(30),)), 0.0)
    assert isinstance(next_of(queue)[1], DeleteSpeech)

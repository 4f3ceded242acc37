"""Answers that were read aloud, on their way to Discord: each is one message of its own beside the answer's text. Pure.

A voice message carries no nonce, so a post whose answer was lost is looked for in the channel before it is sent again.

| state | what comes next |
|---|---|
| `unsearched` | the channel is searched: an earlier process, or a request without an answer, may have posted it |
| `voice` | it is posted as a voice message |
| `file` | Discord does not take it as one: it is posted as a file that people can play |
| `found` | it was posted, and its asker wants to be forgotten since: its message is deleted |

Of one that is withdrawn, whatever may have been posted is looked for, and only that comes next.
"""

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from actors.courier.requests import (
    UNANSWERED_PAUSE_MAX_S,
    UNANSWERED_PAUSE_S,
    DeleteSpeech,
    PostSpeech,
    SearchSpeech,
    SpeechRequest,
)
from backoff import backoff_s
from discord_api import error_codes
from discord_api.results import Done, Found, Impossible, Limited, Posted, Result
from messages.ids import MessageId, TurnId
from messages.speech import SpeechMade
from messages.verbs.speech import ForgetSpeech, RecordSpeechSent


class _OnItsWay(Struct):
    """One answer. `after` is the message after which the channel is searched; `is_sending`: a request is under way."""

    speech: SpeechMade
    state: Literal["unsearched", "voice", "file", "found"]
    after: MessageId
    posted: MessageId = MessageId(0)
    failures: int = 0
    not_before_s: float = 0.0
    is_sending: bool = False

    @property
    def first_try(self) -> Literal["voice", "file"]:
        """How it is posted first."""
        return "voice" if self.speech.waveform else "file"


class SpeechQueue:
    """The answers that Discord does not have yet."""

    def __init__(self) -> None:
        self._waiting: dict[TurnId, _OnItsWay] = {}

    def add(self, speech: SpeechMade, *, search: bool) -> None:
        """Have an answer posted, once; with `search`, somebody may have posted it before. One that is withdrawn is not posted."""
        if speech.is_withdrawn:
            self.withdraw(speech)
            return
        made = _OnItsWay(speech, "unsearched", speech.after)
        if not search:
            made.state = made.first_try
        self._waiting.setdefault(speech.turn, made)

    def withdraw(self, speech: SpeechMade) -> None:
        """Do not post an answer any more, and delete it where it was posted. What is being posted is deleted then."""
        one = self._waiting.setdefault(speech.turn, _OnItsWay(speech, "unsearched", speech.after))
        one.speech = speech
        if one.state in ("voice", "file"):
            one.state = "unsearched"

    def waiting(self) -> Iterator[tuple[float, SpeechRequest]]:
        """Return what may be sent, each with the earliest moment to send it."""
        for one in self._waiting.values():
            if not one.is_sending:
                yield one.not_before_s, _request(one)

    def began(self, request: SpeechRequest) -> None:
        """A request is under way."""
        self._waiting[request.turn].is_sending = True

    def ended(self, request: SpeechRequest, result: Result, now_s: float) -> list[RecordSpeechSent | ForgetSpeech]:
        """A request has ended; returns what must be recorded."""
        one = self._waiting[request.turn]
        one.is_sending = False
        match request, result:
            case _, Limited(retry_after_s=retry_after_s):
                one.not_before_s = now_s + retry_after_s
            case (SearchSpeech(), Found(message_ids=(message_id, *_))) | (
                PostSpeech(),
                Posted(message_id=message_id),
            ) if one.speech.is_withdrawn:
                one.state, one.posted = "found", message_id
            case SearchSpeech(), Found(message_ids=(message_id, *_)):
                return self._over(RecordSpeechSent(turn=request.turn, message_id=message_id))
            case SearchSpeech(), Found(more_after=after) if after is not None:
                one.after = after
            case SearchSpeech(), Found() if one.speech.is_withdrawn:
                return self._over(ForgetSpeech(turn=request.turn))
            case SearchSpeech(), Found():
                one.state, one.after = one.first_try, one.speech.after
            case PostSpeech(), Posted(message_id=message_id):
                return self._over(RecordSpeechSent(turn=request.turn, message_id=message_id))
            case DeleteSpeech(), Done():
                return self._over(ForgetSpeech(turn=request.turn))
            case PostSpeech(is_voice=True), Impossible(code=code) if (
                not one.speech.is_withdrawn and code not in error_codes.OUT_OF_SIGHT
            ):
                one.state = "file"
            case _, Impossible():
                return self._over(ForgetSpeech(turn=request.turn))
            case _:
                one.failures += 1
                one.not_before_s = now_s + backoff_s(
                    one.failures, first_s=UNANSWERED_PAUSE_S, max_s=UNANSWERED_PAUSE_MAX_S
                )
                if one.state != "found":
                    one.state, one.after = "unsearched", one.speech.after
        return []

    def _over(self, verb: RecordSpeechSent | ForgetSpeech) -> list[RecordSpeechSent | ForgetSpeech]:
        del self._waiting[verb.turn]
        return [verb]


def _request(one: _OnItsWay) -> SpeechRequest:
    speech = one.speech
    if one.state == "found":
        return DeleteSpeech(turn=speech.turn, channel_id=speech.channel_id, message_id=one.posted)
    if one.state == "unsearched":
        return SearchSpeech(turn=speech.turn, channel_id=speech.channel_id, after=one.after, reply_to=speech.reply_to)
    return PostSpeech(turn=speech.turn, channel_id=speech.channel_id, speech=speech, is_voice=one.state == "voice")

"""Checks that nothing was shown, asked or kept that the moderation of a server blocks."""

from collections import defaultdict

from tests.rig.model import ModelRequest
from tests.rig.model.audio import SPEECH, TRANSCRIPTIONS
from tests.rig.model.moderations import MODERATIONS
from tests.soak import words
from tests.soak.town import Town


def judgements_of(town: Town) -> dict[str, list[ModelRequest]]:
    """The requests for a judgement of something in which a question's word stands, by that word."""
    found: dict[str, list[ModelRequest]] = defaultdict(list)
    for request in town.model.requests:
        if request.path == MODERATIONS:
            for word in set(words.CANARY.findall(str(request.body))):
                found[word].append(request)
    return found


def settled_at_s(request: ModelRequest, judgements: list[ModelRequest]) -> float:
    """When an answer had come and, where it is judged, when its last judgement had; on the clock of the requests."""
    ended_s = request.ended_at_s or request.at_s
    return max([ended_s, *(one.ended_at_s or one.at_s for one in judgements if one.at_s >= request.at_s)])


class Moderation:
    """Judges what was moderated since it judged last; before the other judges, which ask what could not be judged."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._ledger = town.ledger
        self._told: set[int] = set()

    def judge(self) -> None:
        """Note what is broken, and count."""
        figures = self._ledger.figures
        for request in self._town.model.requests:
            if request.path == MODERATIONS:
                figures.judgements += 1
                figures.judgements_failed += request.ended != "completed"
        for word, requests in judgements_of(self._town).items():
            if any(request.ended != "completed" for request in requests):
                self._ledger.asked[word].is_unjudged = True
        self._shown()
        self._asked()
        self._kept()

    def _shown(self) -> None:
        channels = self._town.discord.world.channels
        for request in self._town.discord.requests:
            _, first, channel, *_ = (*request.path.split("/"), "", "")
            if first != "channels" or self._town.gate_of(channels[int(channel)]) != "block":
                continue
            if words.FLAGGED.search(request.text):
                self._ledger.break_("other", f"shown and blocked: {request.method} {request.path} {request.text!r}")

    def _asked(self) -> None:
        for request in self._town.model.requests:
            word = words.word_of(request)
            if request.path in {MODERATIONS, TRANSCRIPTIONS} or word is None:
                continue
            asked = self._ledger.asked[word]
            if request.path == SPEECH:
                if asked.gate == "block" and words.FLAGGED.search(request.body["input"]):
                    self._ledger.break_("other", f"read aloud and blocked: {request.body['input']!r}")
                continue
            wish = words.asked_in(request.text)
            if asked.gate == "block" and ("photo" in asked.enclosed or (wish and wish.manner == words.SLAYS)):
                self._ledger.break_("other", f"asked and blocked: {request.path} {request.text!r}")

    def _kept(self) -> None:
        for channel in self._town.discord.world.channels.values():
            if self._town.gate_of(channel) != "block":
                continue
            kept = self._town.bot.rows(
                "SELECT id, text FROM turn JOIN utterance ON utterance.turn = turn.id WHERE channel_id = ?"
                " UNION ALL SELECT id, draft FROM turn WHERE channel_id = ?"
                " UNION ALL SELECT id, question || enclosed FROM turn WHERE channel_id = ? AND reason = 'question_blocked'",
                *(channel.id,) * 3,
            )
            for turn, text in kept:
                if words.FLAGGED.search(text) and turn not in self._told:
                    self._told.add(turn)
                    self._ledger.break_("other", f"kept of turn {turn} and blocked: {text!r}")

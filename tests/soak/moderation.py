"""Checks that nothing was shown, asked or kept that the moderation of a server blocks."""

from collections import defaultdict
from typing import Final

from tests.rig.model import ModelRequest
from tests.rig.model.audio import SPEECH, TRANSCRIPTIONS
from tests.rig.model.moderations import MODERATIONS
from tests.soak import words
from tests.soak.enclosures import PICTURES
from tests.soak.town import Town

BOOKED_S: Final = 5.0
"""A judgement that came so long before a kill is committed."""


def judgements_of(town: Town) -> dict[str, list[ModelRequest]]:
    """The requests for a judgement of a question or its answer, by the question's word: the first, for a question may quote others."""
    found: dict[str, list[ModelRequest]] = defaultdict(list)
    for request in town.model.requests:
        first = words.CANARY.search(str(request.body)) if request.path == MODERATIONS else None
        if first:
            found[first[0]].append(request)
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
        self._booked_to = 0
        """The last row of the ledger that was judged."""

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
        self._booked()

    def _booked(self) -> None:
        """Check that judgements have rows in the ledger, each one, unless something kept it from being committed."""
        bot, to_wall_s = self._town.bot, self._town.to_wall_s
        sql = (
            "SELECT root.cause, count(*) FROM ledger JOIN turn ON turn.id = ledger.turn JOIN turn AS root ON root.id = turn.root"
            " WHERE purpose = 'moderation' AND ledger.id > ? GROUP BY root.cause"
        )
        rows = {self._ledger.by_message[cause].word: count for cause, count in bot.rows(sql, self._booked_to)}
        ((self._booked_to,),) = bot.rows("SELECT coalesce(max(id), 0) FROM ledger")
        self._ledger.figures.judgements_booked += sum(rows.values())
        judgements = judgements_of(self._town)
        for word in rows.keys() | judgements.keys():
            asked = self._ledger.asked[word]
            if (
                asked.of.kind not in {"chat", "code"}
                or set(PICTURES) & set(asked.enclosed)
                or asked.pressed["Continue"]
            ):
                continue  # a picture, and that one is to go on, is judged without a word; a vector's answer has the words of others
            ends_s = [one.ended_at_s or one.at_s for one in judgements[word] if one.ended == "completed"]
            near = sum(
                self._ledger.was_disturbed(end_s + to_wall_s - 1, end_s + to_wall_s + BOOKED_S) for end_s in ends_s
            )
            given, booked = len(ends_s), rows.get(word, 0)
            may_be_lost = asked.deleted or asked.editions > 1 or asked.pressed["Stop"]
            if booked > given or (booked < given - near and not may_be_lost):
                self._ledger.break_("other", f"{given} judgements of {word}, {near} near a kill, and {booked} rows")

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
                "SELECT id, text, 0 FROM turn JOIN utterance ON utterance.turn = turn.id WHERE channel_id = ?"
                " UNION ALL SELECT id, draft, 0 FROM turn WHERE channel_id = ?"
                " UNION ALL SELECT id, question || enclosed, 1 FROM turn WHERE channel_id = ? AND reason = 'question_blocked'",
                *(channel.id,) * 3,
            )
            for turn, text, is_blocked in kept:
                wish = words.asked_in(text)
                if is_blocked and wish is not None and wish.edition > 1:
                    continue  # what a blocked question was changed to is judged when somebody presses *Ask again*
                if words.FLAGGED.search(text) and turn not in self._told:
                    self._told.add(turn)
                    self._ledger.break_("other", f"kept of turn {turn} and blocked: {text!r}")

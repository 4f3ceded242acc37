"""Checks the requests to the model: in order, one at a time, each with the history of its own session only."""

from collections import defaultdict
from itertools import pairwise
from typing import Final
from urllib.parse import urlsplit

from tests.rig.model import ModelRequest
from tests.rig.model.audio import SPEECH, TRANSCRIPTIONS
from tests.rig.model.embeddings import EMBEDDINGS
from tests.soak import enclosures, rows, words
from tests.soak.ledger import Asked
from tests.soak.moderation import judgements_of, settled_at_s
from tests.soak.rows import Turn
from tests.soak.town import Town

OVERLAP_S: Final = 1.0
"""A connection that the bot closed is seen to be closed within this time (FAULTS: *Stop* mid-stream)."""

NOTED_S: Final = 1.0
"""A dead bot's connections are seen to be closed, and its death is seen, within this time of each other."""

COMMITTED_S: Final = 5.0
"""An answer that was wholly sent so long before a kill is committed, and not asked for again."""


class Prompts:
    """Judges the model's requests since it judged last."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._ledger = town.ledger
        self._judgements: dict[str, list[ModelRequest]] = {}
        self._wrong: set[str] = set()
        """Wrong answers that were told of: each stays in its session's dialogue."""

    def judge(self) -> None:
        """Note what is broken, and count."""
        requests = self._town.asks
        self._judgements = judgements_of(self._town)
        about = {words.word_of(request) for request in requests} - {None}
        asked = {word: self._ledger.asked[word] for word in about if word in self._ledger.asked}
        known = rows.accepted(self._town.bot, [one.message.id for one in asked.values()])
        turns = rows.turns(self._town.bot, list(known.values()))
        by_word = {word: turns.get(known.get(one.message.id, 0), []) for word, one in asked.items()}
        by_session: dict[int, list[tuple[ModelRequest, Turn]]] = defaultdict(list)
        for request in requests:
            word = words.word_of(request)
            turn = None if word is None else self._turn_of(request, by_word.get(word, []))
            if word is None or turn is None or turn.session is None:
                self._ledger.break_("other", f"a request about nothing that is known: {request.text[:200]!r}")
                continue
            by_session[turn.session].append((request, turn))
            if request.path == EMBEDDINGS:
                asked[word].embedded.append(request.text)
        for session, some in by_session.items():
            self._one_by_one(session, some)
            self._past(session, some)
        self._count(requests, asked, by_word)
        self._read_aloud()

    def _wall_s(self, loop_s: float) -> float:
        return loop_s + self._town.to_wall_s

    def _turn_of(self, request: ModelRequest, turns: list[Turn]) -> Turn | None:
        """The turn that a request was made for: the newest of the question's that had been queued by then."""
        kinds = {"continue"} if request.text == words.CONTINUE else {"question", "retry"}
        at_s = self._wall_s(request.at_s)
        begun = [turn for turn in turns if turn.kind in kinds and turn.create_time <= at_s]
        return max(begun, key=lambda turn: turn.create_time, default=None)

    def _one_by_one(self, session: int, some: list[tuple[ModelRequest, Turn]]) -> None:
        for (before, _), (after, _) in pairwise(some):
            if before.ended_at_s is None or before.ended_at_s > after.at_s + OVERLAP_S:
                self._ledger.break_("other", f"session {session} asked twice at once: {before.text!r}, {after.text!r}")
        first: dict[int, tuple[float, Turn]] = {}
        for request, turn in some:
            if turn.attempt and turn.id not in first:
                first[turn.id] = (self._began_s(request, turn), turn)
        for (at_s, one), (_, other) in pairwise(first.values()):
            # What was accepted only after the other had started was late, and interrupts nothing.
            if other.cause < one.cause and other.create_time < at_s - OVERLAP_S:
                self._ledger.break_("other", f"session {session} asked out of order: {one}, then {other}")

    def _began_s(self, request: ModelRequest, turn: Turn) -> float:
        """When a turn was begun of which this is the first request: its files may have been fetched, or it may have been judged, before."""
        asked = self._ledger.asked[words.word_of(request) or ""]
        attachments = self._town.discord.world.attachments
        fetched = [attachments.asked_at_s.get(urlsplit(one["url"]).path) for one in asked.message.attachments]
        judged = [one.at_s for one in self._judgements.get(asked.word, [])]
        moments = [request.at_s, *judged, *(at_s for at_s in fetched if at_s is not None)]
        return max(turn.create_time, self._wall_s(min(moments)))

    def _past(self, session: int, some: list[tuple[ModelRequest, Turn]]) -> None:
        said = [
            root
            for (root,) in self._town.bot.rows(
                "SELECT turn FROM utterance WHERE session = ? AND role = 'user' ORDER BY position", session
            )
        ]
        turns = rows.turns(self._town.bot, said)
        by_message = self._ledger.by_message
        words_said = {root: by_message[some_turns[0].cause].word for root, some_turns in turns.items()}
        since_s = {root: _said_since_s(some_turns) for root, some_turns in turns.items()}
        forgotten = {words_said[root] for root, some_turns in turns.items() if _is_forgotten(some_turns)}
        for request, turn in some:
            past = [
                found[0].upper()
                for role, text in request.dialogue[:-1]
                if role == "user"
                for found in [words.CANARY.search(words.said(text))]
                if found
            ]
            past = [word.replace("X", "x") for word in past]
            strangers = [word for word in past if self._ledger.asked[word].of.session != session]
            if strangers:
                self._ledger.break_("misplaced", f"session {session} was told of {strangers}: {request.text!r}")
            if not request.path.endswith("/responses"):
                continue  # nothing of what was said before is told
            self._answers_told(request)
            if turn.kind != "question":
                continue
            at_s = self._wall_s(request.at_s)
            wanted = [words_said[root] for root in said if root != turn.root and since_s[root] < at_s]
            wanted, past = ([word for word in some_words if word not in forgotten] for some_words in (wanted, past))
            if past != wanted[len(wanted) - len(past) :] or (wanted and not past):
                self._ledger.break_(
                    "other", f"session {session} was asked {request.text!r} after {past[-6:]}, not after {wanted[-6:]}"
                )

    def _answers_told(self, request: ModelRequest) -> None:
        """Check that each answer in a request's history is one that was given, whole or marked as cut."""
        dialogue = request.dialogue
        for (_, question), (role, text) in pairwise(dialogue):
            found = words.asked_in(words.said(question))
            if role != "assistant" or found is None or text in self._wrong or words.is_of(text, found):
                continue
            self._wrong.add(text)
            self._ledger.break_("other", f"the model was told a wrong answer to {question!r}: {text[-100:]!r}")

    def _count(self, requests: list[ModelRequest], asked: dict[str, Asked], by_word: dict[str, list[Turn]]) -> None:
        figures = self._ledger.figures
        figures.requests += len(requests)
        by_turn: dict[tuple[int, bool], list[ModelRequest]] = defaultdict(list)
        for request in requests:
            word = words.word_of(request)
            turn = None if word is None else self._turn_of(request, by_word.get(word, []))
            if turn is not None:
                by_turn[turn.id, request.path == TRANSCRIPTIONS].append(request)
                self._files_told(request, turn, asked[word or ""])
        figures.turns += len({turn for turn, _ in by_turn})
        figures.cut_off += sum(self._was_cut_off(request) for request in requests)
        for some in by_turn.values():
            by_kills = 0
            for before, after in pairwise(some):
                if before.ended in {"cut", "ended early", "refused"} or self._went_wrong(before, asked):
                    figures.extra_by_faults += 1
                    continue
                by_kills += 1
                figures.cut_off += before.ended == "completed"  # and nobody lived to commit it
                if not self._was_ended_between(before, after):
                    self._ledger.break_("other", f"asked again for no reason: {after.text!r} after {before.ended}")
            figures.extra_by_kills += by_kills
            figures.extra_most = max(figures.extra_most, by_kills)

    def _read_aloud(self) -> None:
        """Check that no answer is read aloud again for another reason than a kill or a refusal."""
        by_word: dict[str, list[ModelRequest]] = defaultdict(list)
        for request in self._town.model.requests:
            if request.path == SPEECH:
                by_word[words.word_of(request) or ""].append(request)
        for word, some in by_word.items():
            if {"Retry", "Continue", "Ask again"} & self._ledger.asked[word].pressed.keys():
                continue  # it has several answers
            for before, after in pairwise(some):
                if before.ended != "refused" and not self._was_ended_between(before, after):
                    self._ledger.break_("other", f"read aloud again for no reason: {after.body['input'][:80]!r}")

    def _was_ended_between(self, before: ModelRequest, after: ModelRequest) -> bool:
        """Whether a kill or a stop kept the answer to a request from being committed, so that it was asked for again."""
        from_s, to_s = self._wall_s(before.at_s), self._wall_s(after.at_s)
        settled_s = self._wall_s(settled_at_s(before, self._judgements.get(words.word_of(before) or "", [])))
        return self._ledger.ended_between(from_s - NOTED_S, min(to_s + NOTED_S, settled_s + COMMITTED_S))

    def _files_told(self, request: ModelRequest, turn: Turn, asked: Asked) -> None:
        """Check that a request tells of the files that are attached to its question."""
        if turn.kind == "continue" or request.path == TRANSCRIPTIONS:
            return
        if what := enclosures.untold(request, asked.enclosed):
            self._ledger.break_("lost", f"the model was not told of {what}: {request.text!r} of turn {turn.id}")

    def _was_cut_off(self, request: ModelRequest) -> bool:
        """Whether a kill ended it."""
        ended_s = self._wall_s(request.ended_at_s or request.at_s)
        near = any(abs(killed_s - ended_s) < NOTED_S for killed_s in self._ledger.killed_s)
        return request.ended == "client closed" and near

    def _went_wrong(self, request: ModelRequest, asked: dict[str, Asked]) -> bool:
        word = words.word_of(request)
        return request.ended == "completed" and word is not None and asked[word].troubles["failed"] > 0


def _said_since_s(turns: list[Turn]) -> float:
    """Since when a question and its answer stand in the dialogue."""
    ends = [turn.end_time for turn in turns if turn.end_time and turn.draft.strip() and turn.state != "cancelled"]
    return min(ends, default=float("inf"))


def _is_forgotten(turns: list[Turn]) -> bool:
    """Whether the rows forgot an answer to an edited question, and so since when it stood in the dialogue."""
    ended = [turn for turn in turns if turn.end_time and turn.state != "cancelled"]
    return any(not turn.draft.strip() for turn in ended[:-1]) and len({turn.draft.strip() for turn in ended}) > 1

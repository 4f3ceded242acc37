"""Checks the ledger against what the model told, and budgets against the ledger.

What must hold when everything is finished, for each turn and each purpose (its answer, hearing its recording):

* Each row that is not estimated has exactly the tokens of one answer of the model's, and no two rows have those of the same.
* Each other answer of which the model told the tokens was heard by nobody who lived to commit it: something ended its attempt, and an
  estimated row stands for it. So the tokens told are the sum of the exact rows and of those answers.
* A row without a request is estimated, too: the process was killed between the commit and the request.
* A turn that the model was asked for has a row, and no reservation is left.
* Turns, people, sessions and the day's totals of budgets have the ledger's sum, in tokens and in micro-dollars.
"""

import random
import time
from collections import Counter, defaultdict
from typing import Final

from tests.rig.model import ModelRequest
from tests.rig.model.audio import SPEECH, TRANSCRIPTIONS
from tests.rig.model.moderations import MODERATIONS
from tests.soak import rows, words
from tests.soak.bot import Scope
from tests.soak.calendar import DAY_S
from tests.soak.ledger import Asked
from tests.soak.moderation import judgements_of, settled_at_s
from tests.soak.town import Town

EVERYBODY: Final[Scope] = ("all", 0)
BOUNDED: Final = 3
"""So many people have a budget."""

LEFT: Final = (0, 3_000, 20_000, 60_000)
LEFT_FOR_ALL: Final = (150_000, 2_000_000, 2_000_000, 8_000_000)
"""How many tokens a person, and all together, may use until the bounds are set anew."""

BEFORE_S: Final = 1.0
AFTER_S: Final = 5.0
"""An answer whose end lies so near to a kill may not have been committed."""

_PRICED: Final = """
CASE model WHEN 'gpt-image-2' THEN iif(is_estimated AND pictures = 0, micro_dollars, 5 * input_tokens + 30 * output_tokens) WHEN 'tts-1' THEN 15 * characters WHEN 'gpt-transcribe' THEN micro_dollars ELSE input_tokens + 2 * output_tokens END
"""
"""What a row costs, as the configuration says. A recording is priced by the minute; what a drawing cost that failed is not known."""

PURPOSES: Final = {TRANSCRIPTIONS: "transcription", SPEECH: "speech"}
"""What a request is booked for, by its path; all others are for an answer."""

_BOOKED: Final = "SELECT sum(input_tokens), sum(output_tokens), sum(coalesce(micro_dollars, 0)) FROM ledger"
"""Who was forgotten is nobody in the ledger."""

_SUMS: Final = {
    "turn": "SELECT coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0), coalesce(sum(micro_dollars), 0) FROM turn",
    "user": "SELECT sum(input_tokens), sum(output_tokens), sum(micro_dollars) FROM user",
    "session": "SELECT sum(input_tokens), sum(output_tokens), sum(micro_dollars) FROM session",
}


class Books:
    """Judges what was booked since it judged last, and sets budgets."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._ledger = town.ledger
        self._judgements: dict[str, list[ModelRequest]] = {}
        self._booked = 0
        """The last row of the ledger that was judged."""
        self._bounds: dict[Scope, tuple[int, int]] = {}
        """By scope: its budget in tokens, and the last row of the ledger when that was set."""

    def set_budgets(self, rng: random.Random) -> None:
        """Set other bounds, which hold from the next start on, above what is used and reserved now."""
        ids = [neighbour.person.id for neighbour in self._ledger.neighbours[:BOUNDED]]
        ((last,),) = self._town.bot.rows("SELECT coalesce(max(id), 0) FROM ledger")
        self._bounds = {}
        for scope in (*(("user", id_) for id_ in ids), EVERYBODY):
            left = rng.choice(LEFT_FOR_ALL if scope == EVERYBODY else LEFT)
            used = self._used(scope) + self._reserved(scope)
            self._bounds[scope] = max(1, used + left), last
        self._town.bot.set_budgets({scope: bound for scope, (bound, _) in self._bounds.items()})

    def lift_budgets(self) -> None:
        """Have no bounds from the next start on."""
        self._bounds = {}
        self._town.bot.set_budgets({})

    def pass_over(self) -> None:
        """Leave what was booked until now, of which no request is known any more, to the sums alone."""
        ((self._booked,),) = self._town.bot.rows("SELECT coalesce(max(id), 0) FROM ledger")

    def _used(self, scope: Scope) -> int:
        sql = "SELECT coalesce(sum(tokens), 0) FROM spent WHERE scope = ? AND id = ? AND day = ?"
        ((used,),) = self._town.bot.rows(sql, *scope, int(time.time() // DAY_S))
        return int(used)

    def _reserved(self, scope: Scope) -> int:
        where = "" if scope == EVERYBODY else f" WHERE asker = {scope[1]}"
        ((reserved,),) = self._town.bot.rows(f"SELECT coalesce(sum(tokens), 0) FROM reservation{where}")
        return int(reserved)

    def judge(self) -> None:
        """Note what is broken, and count."""
        self._judgements = judgements_of(self._town)
        self._sums()
        self._budgets()
        self._told()
        ((self._booked,),) = self._town.bot.rows("SELECT coalesce(max(id), 0) FROM ledger")

    def _sums(self) -> None:
        bot = self._town.bot
        (booked,) = bot.rows(_BOOKED)
        for name, sql in _SUMS.items():
            (found,) = bot.rows(sql)
            (wanted,) = bot.rows(f"{_BOOKED} WHERE asker != 0") if name == "user" else [booked]
            if found != wanted:
                self._ledger.break_("other", f"{name}s have used {found}, the ledger says {wanted}")
        (spent,) = bot.rows("SELECT sum(tokens), sum(micro_dollars) FROM spent WHERE scope = 'all'")
        if spent != (booked[0] + booked[1], booked[2]):
            self._ledger.break_("other", f"budgets count {spent}, the ledger says {booked}")
        if left := bot.rows("SELECT turn, purpose FROM reservation"):
            self._ledger.break_("other", f"reservations are left: {left}")
        if wrong := bot.rows(
            f"SELECT * FROM ledger WHERE id > ? AND purpose != 'moderation' AND micro_dollars IS NOT {_PRICED}",
            self._booked,
        ):
            self._ledger.break_("other", f"rows of the ledger with a wrong cost: {wrong}")

    def _budgets(self) -> None:
        for scope, (bound, since) in self._bounds.items():
            over = self._used(scope) - bound
            where = "" if scope == EVERYBODY else f" AND asker = {scope[1]}"
            sql = f"SELECT sum(input_tokens + output_tokens) FROM ledger WHERE id > ?{where} GROUP BY turn ORDER BY 1 DESC LIMIT 1"
            most = next((tokens for (tokens,) in self._town.bot.rows(sql, since)), 0)
            self._ledger.figures.overspent += over > 0
            if over > most:
                self._ledger.break_(
                    "other", f"the budget of {scope} has {bound} tokens, overspent by {over}; no turn took over {most}"
                )

    def _told(self) -> None:
        asked_for: dict[tuple[int, str], list[ModelRequest]] = defaultdict(list)
        by_key: dict[tuple[int, str], Asked] = {}
        roots = self._roots()
        for request in self._requests():
            word = words.word_of(request)
            if word is None or word not in roots or request.ended == "refused":
                continue
            key = roots[word], PURPOSES.get(request.path, "answer")
            asked_for[key].append(request)
            by_key[key] = self._ledger.asked[word]
        booked: dict[tuple[int, str], list[tuple[int, int, int]]] = defaultdict(list)
        sql = (
            "SELECT turn.root, purpose, iif(purpose = 'speech', characters, ledger.input_tokens), ledger.output_tokens, is_estimated FROM ledger"
            " JOIN turn ON turn.id = ledger.turn WHERE ledger.id > ? AND purpose != 'moderation'"
        )
        for root, purpose, *figures in self._town.bot.rows(sql, self._booked):
            booked[root, purpose].append((figures[0], figures[1], figures[2]))
        for key in asked_for.keys() | booked.keys():
            self._one(key, by_key.get(key), asked_for[key], booked[key])

    def _requests(self) -> list[ModelRequest]:
        """The requests that cost something."""
        return [request for request in self._town.model.requests if request.path != MODERATIONS]

    def _roots(self) -> dict[str, int]:
        """The first turn of each question that the model was asked about."""
        about = {words.word_of(request) for request in self._requests()} - {None}
        asked = {word: self._ledger.asked[word] for word in about if word in self._ledger.asked}
        known = rows.accepted(self._town.bot, [one.message.id for one in asked.values()])
        return {word: known[one.message.id] for word, one in asked.items() if one.message.id in known}

    def _one(
        self,
        key: tuple[int, str],
        asked: Asked | None,
        requests: list[ModelRequest],
        booked: list[tuple[int, int, int]],
    ) -> None:
        figures = self._ledger.figures
        told = Counter(usage for request in requests if (usage := _usage(request)))
        exact = Counter((read, written) for read, written, is_estimated in booked if not is_estimated)
        estimated = sum(is_estimated for _, _, is_estimated in booked)
        unheard = told - exact
        figures.estimated += estimated
        figures.rows += len(booked)
        if key[1] != "speech":
            figures.tokens_told += _tokens(told)
            figures.tokens_booked += _tokens(exact)
            figures.tokens_unheard += _tokens(unheard)
        about = f"question {key}: the model told {dict(told)}, the ledger has {booked}"
        unsent = max(0, len(booked) - len(requests))
        figures.unsent += unsent
        if unsent > self._ended_since(asked):
            self._ledger.break_("other", f"booked more often than asked. {about}")
        if exact - told:
            self._ledger.break_("other", f"booked what nobody told. {about}")
        if unheard.total() > estimated:
            self._ledger.break_("lost", f"not booked. {about}")
        if requests and not booked:
            self._ledger.break_("lost", f"asked, and no row. {about}")
        if unheard and not (asked is not None and self._may_be_unheard(asked, requests)):
            self._ledger.break_("other", f"estimated although the end was told. {about}")

    def _ended_since(self, asked: Asked | None) -> int:
        """How often the bot was killed since a question, at most: each time a request may have been committed and not sent."""
        return self._ledger.figures.kills - asked.kills_before if asked is not None else self._ledger.figures.kills

    def _may_be_unheard(self, asked: Asked, requests: list[ModelRequest]) -> bool:
        """Whether a kill, a press or an edit may have ended an attempt whose answer had come."""
        if asked.deleted or asked.editions > 1 or asked.pressed["Stop"]:
            return True
        if asked.gate == "block" and asked.is_blunt:
            return True  # the gate closed amid an answer that its server had sent to its end
        judgements, to_wall_s = self._judgements.get(asked.word, []), self._town.to_wall_s
        return any(
            self._ledger.was_disturbed(
                (request.ended_at_s or request.at_s) + to_wall_s - BEFORE_S,
                settled_at_s(request, judgements) + to_wall_s + AFTER_S,
            )
            for request in requests
            if _usage(request)
        )


def _usage(request: ModelRequest) -> tuple[int, int] | None:
    """What an answer counts as: tokens in and out or, where a text is read aloud, its characters."""
    if request.path != SPEECH:
        return request.usage
    return (len(request.body["input"]), 0) if request.ended == "completed" else None


def _tokens(usages: Counter[tuple[int, int]]) -> int:
    return sum((read + written) * times for (read, written), times in usages.items())

"""Checks that Discord shows exactly one outcome for every question, complete and in the right channel."""

import itertools
from collections import Counter, defaultdict
from typing import Final

from messages.ids import snowflake_time_s
from sandbox.discord import Message
from sandbox.discord.things import VOICE_MESSAGE
from tests.soak import rows, words
from tests.soak.contents import Contents
from tests.soak.ledger import Asked
from tests.soak.rows import Turn
from tests.soak.town import DONE, WRITING, Town

CRASH_COUNT_MAX: Final = 3

ORPHANED_S: Final = 3.0
"""A message that was posted so long before a kill had been recorded."""

BECAUSE: Final[dict[str, str]] = {"stream_broke": "cut", "ended_early": "cut", "error_event": "failed"}
"""The trouble without which an answer must not end for this reason."""

BECAUSE_MODEL: Final = frozenset({"not_heard", "no_picture", "response_failed"})
"""Any trouble of the model allows these."""

BUDGETS: Final = frozenset({"budget_user", "budget_all"})

BECAUSE_REFUSED: Final = frozenset({"server_error", "rate_limited", "unreachable"})


class Replies:
    """Judges the questions to which something happened since they were judged last."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._ledger = town.ledger
        self._answers: dict[int, list[Message]] = {}
        self._contents = Contents(town)
        self._aloud: dict[int, int | None] = {}
        self._strays: set[int] = set()
        self._orphaned: set[str] = set()

    def judge(self) -> None:
        """Note what is broken; whatever is judged is closed."""
        open_ = list(self._ledger.open.values())
        known = rows.accepted(self._town.bot, [asked.message.id for asked in open_])
        turns = rows.turns(self._town.bot, list(known.values()))
        parts = rows.parts(self._town.bot, [turn.id for some in turns.values() for turn in some])
        self._aloud = rows.read_aloud(self._town.bot, [turn.id for some in turns.values() for turn in some])
        self._answers = self._answers_by_question()
        for asked in open_:
            root = known.get(asked.message.id)
            some = [] if root is None else turns[root]
            self._question(asked, some, {turn.id: parts.get(turn.id, []) for turn in some})
        self._ledger.open.clear()

    def _answers_by_question(self) -> dict[int, list[Message]]:
        """The bot's messages, by the message at the beginning of their chain of replies; strays are noted."""
        found: dict[int, list[Message]] = defaultdict(list)
        for channel in self._town.discord.world.channels.values():
            for message in channel.messages.values():
                if not self._town.is_answer(message):
                    continue
                asked = self._ledger.root_of(message) or self._deleted_before(message)
                if asked is not None:
                    found[asked.message.id].append(message)
                elif message.id not in self._strays:
                    self._strays.add(message.id)
                    if not self._is_orphan(message):
                        self._ledger.break_("duplicated", f"a message that answers nothing: {_shown(message)}")
        return found

    def _deleted_before(self, message: Message) -> Asked | None:
        """The question of a message that was posted when its question was gone, so that it replies to nothing."""
        known = self._town.bot.rows(
            "SELECT root.cause FROM (SELECT turn, message_id FROM reply UNION ALL SELECT turn, message_id FROM speech) AS shown"
            " JOIN turn ON turn.id = shown.turn JOIN turn AS root ON root.id = turn.root WHERE shown.message_id = ?",
            message.id,
        )
        asked = self._ledger.by_message.get(known[0][0]) if known else None
        return asked if asked is not None and asked.deleted else None

    def _is_orphan(self, message: Message) -> bool:
        """Whether it was on its way at a kill, to a question that was deleted: of each such question one may stand there, see "What is not promised"."""
        at_s = snowflake_time_s(message.id)
        if message.reference_id is not None or not self._ledger.ended_between(at_s - 1, at_s + ORPHANED_S):
            return False
        for asked in self._ledger.asked.values():
            here = asked.message.channel is message.channel and asked.message.id < message.id
            if here and asked.deleted and asked.word not in self._orphaned:
                self._orphaned.add(asked.word)
                self._ledger.figures.orphans += 1
                return True
        return False

    def _question(self, asked: Asked, turns: list[Turn], parts: dict[int, list[int]]) -> None:
        answers = self._answers.get(asked.message.id, [])
        problems: list[tuple[str, str]] = []
        if not turns:
            if not asked.deleted:
                problems.append(("lost", "no row, so it was never accepted"))
            elif answers:
                problems.append(("other", "answers without a row"))
        else:
            asked.accepted = True
            problems += self._claims(asked, answers, parts)
            for turn in turns:
                is_replaced = any(one.cause > turn.cause and one.draft.strip() for one in turns)
                problems += self._turn(asked, turn, answers, parts[turn.id], is_replaced=is_replaced)
            problems += self._marks(asked, turns[0])
        for kind, problem in problems:
            self._tell(kind, problem, asked, turns, answers)

    def _claims(self, asked: Asked, answers: list[Message], parts: dict[int, list[int]]) -> list[tuple[str, str]]:
        problems = []
        aloud = [self._aloud[turn] for turn in parts if self._aloud.get(turn)]
        claimed = Counter(itertools.chain(*parts.values(), aloud))
        problems += [("duplicated", f"two rows know this message: {known}") for known in claimed if claimed[known] > 1]
        for message in answers:
            if message.channel is not asked.message.channel:
                problems.append(("misplaced", f"an answer stands in {message.channel.name}: {_shown(message)}"))
            if message.id not in claimed:
                problems.append(("duplicated", f"no row knows this message: {_shown(message)}"))
        standing = {message.id for message in answers}
        if not asked.deleted:
            problems += [("lost", f"a message is gone: {known}") for known in claimed if known not in standing]
        return problems

    def _turn(
        self, asked: Asked, turn: Turn, answers: list[Message], parts: list[int], *, is_replaced: bool
    ) -> list[tuple[str, str]]:
        figures = self._ledger.figures
        if not turn.is_over:
            return [("lost", f"turn {turn.id} is {turn.state}, owed {turn.owed}")]
        figures.outcomes[turn.reason or ""] += 1
        problems = []
        if turn.session != asked.of.session:
            problems.append(("misplaced", f"it was asked in session {turn.session}, not in {asked.of.session}"))
        if not self._may_end_so(asked, turn):
            problems.append(("lost", f"nothing that was done allows {turn.reason}"))
        shown = [message for message in answers if message.id in parts]
        if asked.deleted:
            return problems
        if turn.state == "delivered":
            problems += self._contents.whole(asked, turn, shown)
            problems += self._read_aloud(turn, answers)
        elif turn.state != "cancelled":
            problems += self._contents.cut(asked, turn, shown, is_replaced=is_replaced)
        return problems

    def _read_aloud(self, turn: Turn, answers: list[Message]) -> list[tuple[str, str]]:
        """Check the voice message in which an answer is read aloud, if it is."""
        if turn.id not in self._aloud:
            return []  # nobody wanted that, or it failed, or its budget is spent
        found = [message for message in answers if message.id == self._aloud[turn.id]]
        self._ledger.figures.read_aloud += len(found)
        is_voice = [bool(message.flags & VOICE_MESSAGE) and len(message.attachments) == 1 for message in found]
        if is_voice == [True]:
            return []
        return [
            ("lost", f"turn {turn.id} is read aloud in {len(found)} messages, which are voice messages: {is_voice}")
        ]

    def _may_end_so(self, asked: Asked, turn: Turn) -> bool:
        reason = turn.reason
        if reason == "complete":
            return True
        if reason == "stopped":
            return asked.pressed["Stop"] > 0
        if reason == "question_deleted":
            return asked.deleted
        if reason == "quarantined":
            kills = self._ledger.figures.kills - asked.kills_before
            return turn.deaths >= CRASH_COUNT_MAX and kills >= CRASH_COUNT_MAX
        if reason == "question_blocked":
            return asked.gate == "block" and (asked.slays or turn.encloses_what_slays)
        if reason == "answer_blocked":
            return asked.gate == "block" and (asked.is_blunt or self._quotes_what_slays(asked))
        if reason in BUDGETS:
            return True  # `Books` judges budgets
        if reason in BECAUSE_MODEL:
            return bool(asked.troubles)
        if reason in BECAUSE_REFUSED:
            return asked.troubles["refused"] + asked.troubles["failed"] > 0
        return reason in BECAUSE and asked.troubles[BECAUSE[reason]] > 0

    def _quotes_what_slays(self, asked: Asked) -> bool:
        """Whether it is answered with a vector, and so quotes a text of its session that is allowed elsewhere."""
        others = (other for other in self._ledger.asked.values() if other.of is asked.of and other is not asked)
        return asked.of.kind == "embedding" and any(other.slays for other in others)

    def _marks(self, asked: Asked, turn: Turn) -> list[tuple[str, str]]:
        if asked.deleted or not turn.is_over:
            return []
        marks = self._town.reactions(asked.message)
        wanted = {DONE} if turn.state == "delivered" else set()
        if marks == wanted:
            return []
        return [("other", f"{WRITING} is still there" if WRITING in marks else f"marks are {marks}, not {wanted}")]

    def _tell(self, kind: str, problem: str, asked: Asked, turns: list[Turn], answers: list[Message]) -> None:
        message = asked.message
        lines = [
            f"{problem}",
            f"  question {message.id} {message.content!r} by {asked.by.person.name} in {message.channel.name}",
            f"  kill {asked.kills_before}, editions {asked.wishes}, deleted {asked.deleted}, gate {asked.gate}, in a session of {asked.of.kind}",
            f"  pressed {dict(asked.pressed)}, troubles {dict(asked.troubles)}, marks {self._town.reactions(message)}",
            *(f"  {turn}"[:600] for turn in turns),
            *(f"  shown: {_shown(answer)}" for answer in answers),
            *(
                f"  asked: {request.number} {request.status} {request.ended} {len(request.sent)}"
                for request in self._town.model.requests
                if words.word_of(request) == asked.word
            ),
        ]
        match kind:
            case "lost" | "duplicated" | "misplaced":
                self._ledger.break_(kind, "\n".join(lines))
            case _:
                self._ledger.break_("other", "\n".join(lines))


def _shown(message: Message) -> str:
    labels = [str(control.get("label")) for control in message.controls()]
    text = message.content
    return f"{message.id} re {message.reference_id} in {message.channel.name}: {len(text)} characters {text[:50]!r}…{text[-60:]!r} {labels}"

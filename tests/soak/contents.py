"""Checks what the messages of one turn show: all of its answer once, its files once, and nothing else."""

import json
from typing import Final

from sandbox.discord import Message
from tests.rig.model.embeddings import NUMBERS, vector
from tests.rig.model.images import picture
from tests.soak import words
from tests.soak.ledger import Asked
from tests.soak.rows import Turn
from tests.soak.town import Town
from texts.english import ANSWERS

Problem = tuple[str, str]
"""What was broken, and how."""

BLOCKED: Final[dict[str | None, str]] = {
    "question_blocked": ANSWERS["question_blocked"],
    "answer_blocked": ANSWERS["answer_blocked"],
}
"""The sentences that are shown in place of what the moderation blocks."""

VECTOR: Final = f"A vector of {NUMBERS} numbers with norm 1.0000."

FLAGGED: Final = {
    "question": ANSWERS["question_flagged"].partition("{")[0],
    "answer": ANSWERS["answer_flagged"].partition("{")[0],
}
"""How the sentences begin that say what was flagged."""


class Contents:
    """Judges the messages of single turns."""

    def __init__(self, town: Town) -> None:
        self._town = town

    def whole(self, asked: Asked, turn: Turn, shown: list[Message]) -> list[Problem]:
        """What is wrong with an answer that is whole."""
        self._count(asked)
        problems = self._warned(asked, turn, shown)
        if asked.gate == "block" and "photo" in asked.enclosed:
            problems.append(("other", f"turn {turn.id} answers a question that the moderation flags"))
        match asked.of.kind:
            case "image":
                return problems + self._drawn(asked, turn, shown)
            case "embedding":
                return problems + self._vector(asked, turn, shown)
            case "code":
                return problems + _text(asked, turn, shown) + self._program(asked, turn, shown)
        if any(message.attachments for message in shown):
            problems.append(("other", f"turn {turn.id} has a file"))
        return problems + _text(asked, turn, shown)

    def cut(self, asked: Asked, turn: Turn, shown: list[Message], *, is_replaced: bool) -> list[Problem]:
        """What is wrong with an answer that is not whole, or with the sentence in its place."""
        problems = _cut(asked, turn, shown, is_replaced=is_replaced)
        files = self._files(shown)
        programs = [words.program(wish) for wish in asked.wishes if wish.parts == words.PROGRAM]
        if len(files) > 1 or any(content.decode(errors="replace") not in programs for _, content in files):
            problems.append(("other", f"turn {turn.id} is not whole and has files: {[name for name, _ in files]}"))
        if turn.reason in BLOCKED:
            self._town.ledger.figures.blocked += 1
            if len(shown) != 1 or shown[0].content != BLOCKED[turn.reason]:
                problems.append(("other", f"turn {turn.id} was blocked and shows more than that"))
        return problems

    def _count(self, asked: Asked) -> None:
        figures = self._town.ledger.figures
        figures.answered += 1
        figures.drawn += asked.of.kind == "image"
        figures.coded += asked.of.kind == "code"
        figures.embedded += asked.of.kind == "embedding"

    def _files(self, shown: list[Message]) -> list[tuple[str, bytes]]:
        world = self._town.discord.world
        return [
            (attachment["filename"], world.files[attachment["url"].removeprefix(world.base_url)])
            for message in shown
            for attachment in message.attachments
        ]

    def _drawn(self, asked: Asked, turn: Turn, shown: list[Message]) -> list[Problem]:
        """Check that the picture of a question is shown, once and alone."""
        found = self._files(shown)
        wanted = [picture(words.question(wish)) for wish in _allowed(asked)]
        if not found:
            return [("lost", f"turn {turn.id} shows no picture")]
        if len(found) > 1 or len(shown) > 1:
            return [("duplicated", f"turn {turn.id} shows {len(found)} pictures in {len(shown)} messages")]
        if not any(found[0][1].startswith(one) for one in wanted):
            return [("misplaced", f"turn {turn.id} shows another picture: {found[0][1][-200:]!r}")]
        return []

    def _vector(self, asked: Asked, turn: Turn, shown: list[Message]) -> list[Problem]:
        """Check that the vector of a question is told once, in one message with its file, beside texts of its own session only."""
        files = self._files(shown)
        if len(shown) != 1 or len(files) != 1:
            return [("duplicated", f"turn {turn.id} shows {len(files)} vectors in {len(shown)} messages")]
        told = json.loads(files[0][1])["embedding"]
        wanted = [vector(text) for text in asked.embedded if not _is_blocked(asked, words.asked_in(text))]
        if not any(_near(told, one) for one in wanted):
            return [("misplaced", f"turn {turn.id} shows the vector of another text")]
        problems = []
        if not words.without_quote(shown[0].content).startswith(VECTOR):
            problems.append(("lost", f"turn {turn.id} does not say what its vector is like"))
        ledger = self._town.ledger
        strangers = {word for word in words.CANARY.findall(shown[0].content) if ledger.asked[word].of is not asked.of}
        if strangers:
            problems.append(("misplaced", f"turn {turn.id} is compared with {strangers} of other sessions"))
        return problems

    def _program(self, asked: Asked, turn: Turn, shown: list[Message]) -> list[Problem]:
        """Check that the program of an answer is attached to it once, and none to what goes on with an answer, which the model writes as text."""
        files = [(name, content.decode()) for name, content in self._files(shown)]
        wanted: list[list[tuple[str, str]]] = [[]]
        if turn.kind != "continue":
            allowed = _allowed(asked)
            wanted = [[("code.py", words.program(wish))] if wish.parts == words.PROGRAM else [] for wish in allowed]
        if files in wanted:
            return []
        return [
            ("duplicated" if len(files) > 1 else "lost", f"turn {turn.id} has the files {[name for name, _ in files]}")
        ]

    def _warned(self, asked: Asked, turn: Turn, shown: list[Message]) -> list[Problem]:
        """Check that an answer says what the moderation flagged, where it warns and could judge."""
        text = "\n".join(message.content for message in shown)
        is_said = {what: FLAGGED[what] in text for what in FLAGGED}
        flagged = {"question": asked.slays or turn.encloses_what_slays, "answer": asked.is_blunt}
        self._town.ledger.figures.warned += any(is_said.values())
        if asked.of.kind in {"image", "embedding"}:
            flagged["answer"] = is_said["answer"]  # a picture is described by its question, and a vector quotes others
        wrong = [
            what
            for what in FLAGGED
            if is_said[what] and not (flagged[what] and asked.gate == "warn" and turn.kind != "continue")
        ]
        if asked.gate == "warn" and turn.kind != "continue" and asked.editions == 1 and not asked.is_unjudged:
            wrong += [what for what in FLAGGED if flagged[what] and not is_said[what]]
        return [("other", f"turn {turn.id} should say otherwise whether its {what} was flagged") for what in wrong]


def _near(one: list[float], other: list[float]) -> bool:
    return len(one) == len(other) and all(abs(a - b) < 1e-6 for a, b in zip(one, other, strict=True))


def _is_blocked(asked: Asked, wish: words.Wish | None) -> bool:
    if asked.gate != "block" or wish is None:
        return False
    return wish.manner == words.SLAYS or (wish.manner == words.BLUNTLY and asked.of.kind in {"chat", "code"})


def _allowed(asked: Asked) -> list[words.Wish]:
    """The editions of a question that may have an answer where it was asked."""
    return [wish for wish in asked.wishes if not _is_blocked(asked, wish)]


def _candidates(turn: Turn, wishes: list[words.Wish]) -> list[str]:
    """The texts that the model may have given."""
    if turn.kind == "continue":
        return [words.continuation(wish) for wish in wishes]
    return [words.answer(wish) for wish in wishes]


def _text(asked: Asked, turn: Turn, shown: list[Message]) -> list[Problem]:
    text = words.bare("\n".join(words.without_sentences(message.content) for message in shown))
    # Only an answer may be flagged, not how it goes on.
    wishes = asked.wishes if turn.kind == "continue" else _allowed(asked)
    wanted = [words.bare(one) for one in _candidates(turn, wishes)]
    if text in wanted:
        return []
    if any(text in one for one in wanted):
        return [("lost", f"turn {turn.id} shows a part of its answer only")]
    if any(one in text for one in wanted):
        return [("duplicated", f"turn {turn.id} shows more than its answer")]
    return [("misplaced", f"turn {turn.id} shows something else than its answer")]


def _cut(asked: Asked, turn: Turn, shown: list[Message], *, is_replaced: bool) -> list[Problem]:
    if not shown:
        return [("lost", f"turn {turn.id} ended with {turn.reason}, of which nothing is said")]
    problems = []
    last = shown[-1]
    if any(control.get("label") == "Stop" for control in last.controls()) or last.content.endswith("▌"):
        problems.append(("other", f"turn {turn.id} is over and looks as if it were being written"))
    if not turn.draft.strip():
        # The rows forget the answer to a question that was edited when the edited one has been answered.
        is_forgotten = asked.editions > 1 and is_replaced
        return (
            problems
            if len(shown) == 1 or is_forgotten
            else [*problems, ("duplicated", f"turn {turn.id} has no text and many messages")]
        )
    if asked.of.kind == "embedding":
        return problems
    text = words.bare("\n".join(words.without_sentences(message.content) for message in shown))
    if not any(words.bare(one).startswith(text) for one in _candidates(turn, asked.wishes)):
        problems.append(("misplaced", f"turn {turn.id} shows what is no beginning of its answer"))
    return problems

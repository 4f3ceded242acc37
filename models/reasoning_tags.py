"""Tells reasoning from the answer where a server sends both as one text, with tags between them. Pure.

Only what stands at the beginning of an answer is reasoning: a tag further on, or in a code block, is a part of the text.
Chat templates that write the opening tag into the prompt leave only the closing one in the text; so all text before a closing
tag that nothing opened was reasoning too.
"""

import re
from collections.abc import Iterator
from typing import Final, Literal

from models import bare_harmony
from models.events import Piece, TextDropped, Thought
from models.growing_text import GrowingText

TAGS: Final = {
    "<think>": "</think>",  # DeepSeek R1, Qwen 3, and most open models
    "<thinking>": "</thinking>",  # models tuned on Claude's answers
    "<reasoning>": "</reasoning>",
    "<thought>": "</thought>",  # Gemini's API for OpenAI's clients
    "[think]": "[/think]",  # Mistral: Magistral
    "<seed:think>": "</seed:think>",  # ByteDance: Seed-OSS
    "◁think▷": "◁/think▷",  # Moonshot: Kimi-VL
}
"""The opening tags, in lower case, each with its closing one."""

HARMONY: Final = {
    f"{channel}<|message|>": "<|end|>"
    for channel in ("<|channel|>analysis", "<|channel|>commentary", "analysis", "commentary")
}
HARMONY_SKIPPED: Final = ("<|start|>assistant", "<|channel|>final<|message|>", "final<|message|>")
"""What gpt-oss writes before its reasoning and before its answer, where a server does not take it away (OpenAI: Harmony response
format). Templates may have written the beginning of it into the prompt. These count at the beginning only."""

STOP_TOKENS: Final = (
    "<|im_end|>",
    "<|eot_id|>",
    "<|end|>",
    "<|return|>",
    "<|endoftext|>",
    "<|end_of_text|>",
    "<end_of_turn>",
)
"""What ends a message in the templates of Qwen, Llama, Phi, gpt-oss, GPT-2 and Gemma. Some servers leave it at the very end of the text."""

_OPENINGS: Final = TAGS | HARMONY
_BEGINNINGS: Final = (*_OPENINGS, *HARMONY_SKIPPED)
_WITHIN: Final = (*TAGS, *TAGS.values(), *STOP_TOKENS)
"""What matters after the beginning."""
_TAG_CHARS_MAX: Final = max(map(len, _WITHIN))
_TAG_BEGINS: Final = "<[◁"
_MAY_BE_TAG: Final = re.compile(f"[{re.escape(_TAG_BEGINS)}]")
_BLANK: Final = " \t\r\n"
BLANKS_MAX: Final = 1_000
"""A text that begins with more of them than this is taken as it is: some models write line breaks until they are stopped."""
STOPS_CHARS_MAX: Final = 200
"""Of stop tokens in a row only about so many characters at the end of a text are taken away."""
CLOSINGS_MAX: Final = 20
"""After so many closing tags that closed nothing the answer speaks of such tags."""
_TAG: Final = re.compile("|".join(re.escape(tag) for pair in TAGS.items() for tag in pair), re.IGNORECASE)
_FENCE: Final = re.compile(r"^ {0,3}(?:```|~~~)", re.MULTILINE)

State = Literal["beginning", "guessing", "thinking", "answering"]


class ReasoningTags:
    """Sorts the text of one answer as it comes; a piece that may be a part of a tag is held back until that is known."""

    def __init__(self) -> None:
        self._state: State = "beginning"
        self._held = ""
        self._closing = ""
        """While thinking: the tag that ends it."""
        self._had_thought = False
        self._looked_at = 0
        """While guessing: so much of what is held has been looked at."""
        self._may_close = True
        """Whether a closing tag in the answer would say that all text before it was reasoning."""
        self._closings = 0
        """Closing tags in the answer that closed nothing."""
        self._answer_so_far = GrowingText()
        """The answer's text, while it may turn out to be reasoning."""
        self._end = ""
        """Its last characters."""

    def feed(self, text: str) -> list[Piece]:
        """Return what is known of the text now that more of it has come."""
        if self._state == "answering" and not self._held and not _MAY_BE_TAG.search(text):
            if not self._may_close:
                return [text]
            if bare_harmony.closing(self._end + text) is None:
                self._append(text)
                return [text]
        self._held += text
        return [*self._sorted()]

    def _sorted(self) -> Iterator[Piece]:
        state = None
        while self._held and state != self._state:
            state = self._state
            match state:
                case "beginning":
                    self._begin()
                case "guessing":
                    yield from self._guess()
                case "thinking":
                    yield from self._think()
                case "answering":
                    yield from self._answer()

    def flush(self) -> Iterator[Piece]:
        """Yield what is held back: nothing follows that could make a tag of it."""
        held, self._held = self._held, ""
        if held and self._state == "thinking":
            yield Thought(held)
            return
        held = held[: _stops_begin(held)]
        if held and not (self._state == "beginning" and self._had_thought and not held.strip(_BLANK)):
            yield held

    def _begin(self) -> None:
        """Find out whether a tag or the answer begins. Blank lines between reasoning and answer belong to neither."""
        begun = self._held.lstrip(_BLANK)
        while skipped := next((mark for mark in HARMONY_SKIPPED if begun.startswith(mark)), None):
            begun = self._held = begun[len(skipped) :]
        opening = next((tag for tag in _OPENINGS if begun[: len(tag)].lower() == tag), None)
        if opening is not None:
            self._state, self._closing = "thinking", _OPENINGS[opening]
            self._held, self._had_thought, self._may_close = begun[len(opening) :], True, False
        elif bare_harmony.may_open(begun):
            self._state, self._held = "guessing", begun
        elif len(self._held) - len(begun) > BLANKS_MAX or (
            begun and not any(tag.startswith(begun.lower()) for tag in _BEGINNINGS)
        ):
            self._state = "answering"
            self._held = begun if self._had_thought else self._held

    def _guess(self) -> Iterator[Piece]:
        """Find out whether a word that the format of gpt-oss leaves behind begins the answer, or its reasoning."""
        at = self._held.find(bare_harmony.CLOSING, max(0, self._looked_at - len(bare_harmony.CLOSING)))
        self._looked_at = len(self._held)
        if at >= 0 or bare_harmony.opens(self._held):
            self._state, self._closing = "thinking", bare_harmony.CLOSING
            self._held, self._had_thought, self._may_close = self._held[len(bare_harmony.OPENING) :], True, False
        elif len(self._held) > bare_harmony.GUESSED_CHARS_MAX:
            self._state = "answering"
        else:
            yield Thought()  # a sign of life

    def _think(self) -> Iterator[Piece]:
        at = re.search(re.escape(self._closing), self._held, re.IGNORECASE)
        if at is not None:
            thought, self._held, self._state = self._held[: at.start()], self._held[at.end() :], "beginning"
        else:
            thought, self._held = _without_partial_tag(self._held)
            partial = bare_harmony.partial_closing(thought) if self._closing == bare_harmony.CLOSING else 0
            if partial and not self._held:
                thought, self._held = thought[:-partial], thought[-partial:]
        if thought:
            yield Thought(thought)

    def _answer(self) -> Iterator[Piece]:
        bare = bare_harmony.closing(self._end + self._held) if self._may_close else None
        if bare is not None:
            yield from self._turn_into_thought(bare.start() - len(self._end), bare.end() - len(self._end))
            return
        while self._may_close and (tag := _TAG.search(self._held)):
            if tag[0].lower() in TAGS:
                self._may_close = False  # the answer speaks of such tags
            elif not self._held[tag.end() :].strip(" \t\r") and not self._is_line_begun(tag.start()):
                return  # what follows decides
            elif self._closes(tag):
                yield from self._turn_into_thought(tag.start(), tag.end())
                return
            else:
                self._closings += 1
                self._may_close = self._closings < CLOSINGS_MAX
                yield self._told(tag.end())
        text, _ = _without_partial_tag(self._held)
        if text:
            yield self._told(len(text))

    def _told(self, chars: int) -> str:
        """Take so many characters from what is held, as text of the answer."""
        text, self._held = self._held[:chars], self._held[chars:]
        if self._may_close:
            self._append(text)
        return text

    def _append(self, text: str) -> None:
        self._answer_so_far.append(text)
        self._end = (self._end + text)[-bare_harmony.END_CHARS :]

    def _is_line_begun(self, at: int) -> bool:
        """Whether nothing but blanks stands before this place in its line."""
        before = f"{self._answer_so_far}{self._held[:at]}"
        return not before.rpartition("\n")[2].strip(_BLANK)

    def _closes(self, tag: re.Match[str]) -> bool:
        """Whether this closing tag ends reasoning that nothing opened: it begins or ends a line, and is no code."""
        before = f"{self._answer_so_far}{self._held[: tag.start()]}"
        is_code = len(_FENCE.findall(before)) % 2 == 1 or before.rpartition("\n")[2].count("`") % 2 == 1
        ends_line = self._held[tag.end() :].lstrip(" \t\r").startswith("\n")
        return not is_code and (ends_line or self._is_line_begun(tag.start()))

    def _turn_into_thought(self, start: int, end: int) -> Iterator[Piece]:
        """Take what ends reasoning from `start` to `end` in what is held; it may have begun before that."""
        if self._answer_so_far.chars:
            yield TextDropped()
        thought = f"{self._answer_so_far}{self._held}"[: self._answer_so_far.chars + start]
        if thought:
            yield Thought(thought)
        self._held, self._state = self._held[end:], "beginning"
        self._had_thought, self._may_close = True, False
        self._answer_so_far, self._end = GrowingText(), ""


def _without_partial_tag(text: str) -> tuple[str, str]:
    """Split off what may be the beginning of a tag at the end of the text, or what ends the message."""
    end = text[-_TAG_CHARS_MAX:]
    start = max(map(end.rfind, _TAG_BEGINS))
    begun = end[start:].lower()
    is_partial = start >= 0 and any(tag.startswith(begun) for tag in _WITHIN)
    cut = len(text) - len(end) + start if is_partial else len(text)
    cut = _stops_begin(text, cut)
    return text[:cut], text[cut:]


def _stops_begin(text: str, end: int | None = None) -> int:
    """Return where the stop tokens begin that end the text up to `end`; that is `end` where there are none."""
    end = len(text) if end is None else end
    begin = at = end
    while end - begin < STOPS_CHARS_MAX:
        at = len(text[max(0, at - STOPS_CHARS_MAX) : at].rstrip()) + max(0, at - STOPS_CHARS_MAX)
        stop = next((token for token in STOP_TOKENS if text.endswith(token, 0, at)), None)
        if stop is None:
            return begin
        begin = at = at - len(stop)
    return begin

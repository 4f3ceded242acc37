"""Reasoning that comes as a part of the text, between tags or without its first one, however the text is cut."""

import pytest

from models.bare_harmony import GUESSED_CHARS_MAX
from models.events import TextDropped, Thought
from models.reasoning_tags import TAGS, ReasoningTags

REPLY = "Guten Tag!"


def sorted_out(text: str, size: int) -> tuple[str, str]:
    """The answer and the reasoning in a text that comes in pieces of this size."""
    tags, answer, thought = ReasoningTags(), "", ""
    pieces = [piece for at in range(0, len(text), size) for piece in tags.feed(text[at : at + size])]
    for piece in [*pieces, *tags.flush()]:
        match piece:
            case Thought():
                thought += piece.text
            case TextDropped():
                answer = ""
            case str():
                assert piece, "an empty piece of text"
                answer += piece
    return answer, thought


@pytest.mark.parametrize("size", [1, 2, 3, 5, 1000])
@pytest.mark.parametrize(
    ("text", "answer", "thought"),
    [
        *((f"{opening}Hm.{closing}\n\n{REPLY}", REPLY, "Hm.") for opening, closing in TAGS.items()),
        *((f" \n{opening.upper()}Hm.{closing.upper()}{REPLY}", REPLY, "Hm.") for opening, closing in TAGS.items()),
        # It never ends, or there is none, or there are two.
        ("<think>Hm.", "", "Hm."),
        (f"<think>\n\n</think>\n\n{REPLY}", REPLY, "\n\n"),
        (f"<think>One.</think>\n<think>Two.</think>\n{REPLY}", REPLY, "One.Two."),
        # Only the closing one came: a template had written the other into the prompt.
        (f"Hm.\n</think>\n\n{REPLY}", REPLY, "Hm.\n"),
        (f"Hm.</think>\n{REPLY}", REPLY, "Hm."),
        (f"One.\nTwo.\n</think> {REPLY}", REPLY, "One.\nTwo.\n"),
        # What an answer says of such tags is a part of it.
        ("Write `</think>` there.", "Write `</think>` there.", ""),
        ("It is </think> there.", "It is </think> there.", ""),
        ("```\n<think>\n</think>\n```\nSo.", "```\n<think>\n</think>\n```\nSo.", ""),
        ("```\n</think>\n```\nSo.", "```\n</think>\n```\nSo.", ""),
        ("`<think>` opens it.\n</think>\ncloses it.", "`<think>` opens it.\n</think>\ncloses it.", ""),
        ("<think>Hm.</think>Use <think>\nx\n</think>\ny", "Use <think>\nx\n</think>\ny", "Hm."),
        # What only looks like the beginning of one.
        ("[1] a < b, [TH", "[1] a < b, [TH", ""),
        ("<thi", "<thi", ""),
        ("analysis of it", "analysis of it", ""),
        ("\n\n Hello ", "\n\n Hello ", ""),
        ("İ<think>İ</think>", "İ<think>İ</think>", ""),
        # gpt-oss behind a server that does not know its format.
        (f"<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>{REPLY}", REPLY, "Hm."),
        (f"analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>{REPLY}<|return|>", REPLY, "Hm."),
        (f"<|channel|>commentary<|message|>Hm.<|end|><|start|>assistant{REPLY}", REPLY, "Hm."),
        (f"<|channel|>final<|message|>{REPLY}<|return|>", REPLY, ""),
        # The same behind a server that takes the special tokens away, and not the words between them.
        (f"analysisWe greet.assistantfinal{REPLY}", REPLY, "We greet."),
        (f"analysisDer Nutzer grüßt.assistantfinal{REPLY}", REPLY, "Der Nutzer grüßt."),
        (f"analysis用户打招呼。assistantfinal{REPLY}", REPLY, "用户打招呼。"),
        (
            f"analysisThe assistant says final words, assistantfin.assistantfinal{REPLY}",
            REPLY,
            "The assistant says final words, assistantfin.",
        ),
        (f"analysisWe greet.assistantanalysisOr not.assistantfinal{REPLY}", REPLY, "We greet.assistantanalysisOr not."),
        ("analysisWe greet and then the tokens are used up", "", "We greet and then the tokens are used up"),
        ("analysisUser asks.assistantfi", "", "User asks.assistantfi"),
        (f"We greet.assistantfinal{REPLY}", REPLY, "We greet."),
        (f"We greet. **Yes**assistantfinal{REPLY}", REPLY, "We greet. **Yes**"),
        # What only begins like it.
        (
            "Write `assistantfinal` or assistantfinal. Or .assistantfina",
            "Write `assistantfinal` or assistantfinal. Or .assistantfina",
            "",
        ),
        ("analysisResult = run()\nprint(analysisResult)", "analysisResult = run()\nprint(analysisResult)", ""),
        ("analysisWe", "analysisWe", ""),
        ("AnalysisWe greet assistantfinal", "AnalysisWe greet assistantfinal", ""),
        ("analysis assistantfinal", "analysis assistantfinal", ""),
        ("assistantfinal is a word", "assistantfinal is a word", ""),
        # A stop token that was left, at the very end only.
        (f"{REPLY}<|im_end|>", REPLY, ""),
        (f"{REPLY}<|eot_id|>\n<|endoftext|>", REPLY, ""),
        ("It is <|im_end|> there.", "It is <|im_end|> there.", ""),
        (f"{REPLY}<|im_", f"{REPLY}<|im_", ""),
    ],
)
def test_reasoning_is_told_from_the_answer(text: str, answer: str, thought: str, size: int) -> None:
    """By tags at the beginning, wherever a piece ends; the rest of the text is exact."""
    assert sorted_out(text, size) == (answer, thought)


def test_text_is_not_held_back_longer_than_a_tag() -> None:
    """What streams is shown at once."""
    tags = ReasoningTags()
    assert list(tags.feed("Guten ")) == ["Guten "]
    assert list(tags.feed("Tag <")) == ["Tag "]
    assert list(tags.feed("3")) == ["<3"]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a </think> b " * 5_000, 65_000),
        ("\n" * 50_000 + "x", 50_001),
        ("hello " + "<|end|>" * 5_000 + "x", 35_007),
    ],
)
def test_what_a_person_can_have_a_model_repeat_is_looked_at_once(text: str, kept: int) -> None:
    """Of an answer that comes in pieces of four characters no more than a few hundred are held back at any time."""
    tags, told, held = ReasoningTags(), 0, 0
    for at in range(0, len(text), 4):
        told += sum(len(piece) for piece in tags.feed(text[at : at + 4]) if isinstance(piece, str))
        held = max(held, min(at + 4, len(text)) - told)
    told += sum(len(piece) for piece in tags.flush() if isinstance(piece, str))
    assert told == kept
    assert held <= 1_004


def test_stop_tokens_without_end_are_text_but_for_the_last() -> None:
    """Whatever a model repeats, an answer ends without a stop token; what stands long before its end is left."""
    tags = ReasoningTags()
    text = "".join(map(str, [*tags.feed("hello " + "<|im_end|>" * 100), *tags.flush()]))
    assert text.startswith("hello <|im_end|>")
    assert 700 < len(text) < 900


def test_an_answer_that_closes_nothing_twenty_times_speaks_of_such_tags() -> None:
    """What it says of them after that takes none of it back, and is not searched again from its beginning."""
    text = "a </think> b\n" * 100 + "</think>\nc"
    assert sorted_out(text, 1000) == (text, "")


def test_what_may_be_reasoning_is_not_held_back_for_ever() -> None:
    """A program whose first word begins like the reasoning of gpt-oss is shown once it is long; until then the model shows life."""
    tags = ReasoningTags()
    first = "analysisResult = "
    assert tags.feed(first) == [Thought()]
    text = "x" * GUESSED_CHARS_MAX
    assert tags.feed(text) == [first + text]
    assert tags.feed("y") == ["y"]

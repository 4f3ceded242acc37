"""What of an answer is read aloud."""

import pytest

from tests.actors.courier.markdown_texts import random_markdown
from texts.spoken import beginning, spoken


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A comet is ice.", "A comet is ice."),
        ("# Comets\n\n- **ice**\n- *dust*\n", "Comets\nice\ndust"),
        ("Use `sorted`:\n```python\nsorted(x)\n```\nDone.", "Use sorted:\nDone."),
        ("~~~\ncode\n~~~", ""),
        ("```python\nnever closed", ""),
        ("> quoted\n>>> more", "quoted\nmore"),
        ("See [the docs](https://example.org/a_b) or <https://example.org>.", "See the docs or ."),
        ("<@123> and <#4> and <:blob:5> and <t:1:R>", "and and and"),
        ("snake_case stays, __this__ does not", "snake_case stays, this does not"),
        ("2 * 3 is 6", "2 3 is 6"),
        ("a\n\n---\n\nb", "a\nb"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "a b\n1 2"),
        (r"\*not bold\*", "not bold"),
        ("||spoiler||", "spoiler"),
        ("```\nonly code\n```", ""),
        (" \u200b ", ""),
        ("", ""),
    ],
)
def test_words_are_read_and_formatting_is_not(text: str, said: str) -> None:
    """Code and addresses are left out: nobody wants to hear them."""
    assert spoken(text) == said


def test_a_long_text_is_cut_behind_a_sentence() -> None:
    """Where a sentence ends in its second half; else where it has to be."""
    assert beginning("One is here. Two is here. Three is here.", 30) == "One is here. Two is here."
    assert beginning("x" * 50, 30) == "x" * 30
    assert beginning("彗星是冰。它有尾巴。它很长很长很长。", 12) == "彗星是冰。它有尾巴。"


def test_whatever_is_written_is_cut_in_time_and_to_size() -> None:
    """Formatting that people and models write, at random."""
    for seed in range(200):
        text = random_markdown(seed)
        said = beginning(spoken(text), 100)
        assert len(said) <= 100
        assert "```" not in said
        assert "http" not in said

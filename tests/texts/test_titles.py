"""Titles of sessions that their owners have not named."""

import subprocess
import sys
import time
import unicodedata
from pathlib import Path

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from texts.say import DEFAULT_LOCALE
from texts.titles import first_title, keywords, untitled

CHECKOUT = Path(__file__).parents[2]
FAMILY = "👨‍👩‍👧‍👦"
WALES = "🏴\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f"


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("How do I bake bread?", "How do I b"),
        ("Hi", "Hi"),
        ("   Hello\n\n\tthere, you", "Hello ther"),
        ("123456789 x", "123456789"),
        ("Grüße aus Köln", "Grüße aus"),
        ("東京で一番美味しいラーメン屋はどこですか", "東京で一番美味しいラ"),
        ("ما هي عاصمة فرنسا", "ما هي عاصم"),
        # Characters as people see them are never divided.
        (FAMILY * 12, FAMILY * 10),
        ("🇩🇪" * 12, "🇩🇪" * 10),
        (f"{WALES} and 👍🏽 for 12", f"{WALES} and 👍🏽 fo"),
        ("e\u0301" * 12, "e\u0301" * 10),
        ("भारत की राजधानी", "भारत की राजधानी"),
        ("각" * 12, "각" * 10),
        # One line, and nothing that turns it around.
        ("a\u2028b\u0085c\x00d\u202ee\u2066f\u200bg\ufeff", "a b cdefg"),
        ("\ud83d half", "half"),
        # What Discord would not show as text.
        ("<@80351110224678912> <:party:80351110224678912> hello", "hello"),
        ("<@&1><#2></ask me:3><t:1700000000:R><a:b:4>", None),
        ("1 < 2 > <@x>", "1 < 2 > <@"),
        # Nothing to see.
        ("", None),
        (" \n\u3164\u2800\u200d\ufe0f", None),
        ("\u202e\u200b", None),
    ],
)
def test_a_session_is_first_called_by_its_questions_beginning(question: str, title: str | None) -> None:
    """The first title is ten characters, as people see characters, on one line."""
    assert first_title(question) == title


def test_a_session_without_a_question_is_called_by_when_it_began() -> None:
    """The time tells such sessions apart; it is UTC, because a title is the same for everybody."""
    assert untitled(1_790_000_000 + 12 * 60, DEFAULT_LOCALE) == "Untitled, 14:25 UTC"
    assert untitled(8 * 3600 + 5 * 60, DEFAULT_LOCALE) == "Untitled, 8:05 UTC"


def test_marks_piled_on_a_letter_are_not_taken_for_one_character() -> None:
    """Every title fits into a menu."""
    assert first_title("Z" + "\u0335" * 500 + "algo") == "Zalgo"
    assert len(first_title(("a" + "\u0301" * 15) * 10) or "") <= 100


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("Why is the sky blue?", "sky blue"),
        ("请问机器学习和深度学习有什么区别？", "机器学习和深度学习 区别"),
        (
            "How do I make the borrow checker accept a mutable reference to an element while I iterate?",
            "borrow checker accept mutable reference",
        ),
        ("Wie schreibe ich eine Bewerbung als Bäcker in der Schweiz?", "schreibe Bewerbung Bäcker Schweiz"),
        ("¿Cuál es la mejor receta de paella valenciana?", "receta paella valenciana"),
        ("Как приготовить настоящий украинский борщ?", "приготовить настоящий украинский борщ"),
        ("ما هي عاصمة فرنسا؟", "عاصمة فرنسا"),
        ("東京で一番美味しいラーメン屋はどこですか", "東京 一番美味 ラーメン屋"),
        ("如何在Python中读取文件？", "Python 中读取文件"),
        ("你好，请问中国的经济怎么样？", "中国 经济"),
        # Code.
        ("```python\nimport os\n```\nWhat does this script print on Windows?", "script print Windows"),
        ("```c\nint main(void) { return 0; }", "main void return"),
        ("How do C++ templates differ from C# generics and node.js?", "C++ templates C# generics node.js"),
        # Of an address its host, and no password.
        ("Summarize https://user:pass@www.example.com/article?x=1", "Summarize example.com"),
        # Common words say what others do not.
        ("What is the general problem of the state?", "general problem state"),
        ("How do I test a shell script?", "test shell script"),
        # A name is said once, in its first spelling.
        ("Is Kubernetes hard? Why does kubernetes need YAML?", "Kubernetes hard YAML"),
    ],
)
def test_then_by_its_keywords_in_their_order(question: str, title: str) -> None:
    """Keywords are words of the question, in any script."""
    assert keywords(question) == title


@pytest.mark.parametrize(
    "question",
    [
        "",
        "Hi",
        "Hello, how are you?",
        "Can you help me?",
        "What is 2+2?",
        "!!!???",
        "a" * 400,
        FAMILY * 20,
        "<@80351110224678912>",
        "おはようございます",
        "ประเทศไทยมีกี่จังหวัด",
        "\ud83d\udc00",
    ],
)
def test_where_keywords_would_say_no_more_there_are_none(question: str) -> None:
    """Without telling words the first title stays."""
    assert keywords(question) is None


def test_what_is_said_often_is_what_a_long_question_is_about() -> None:
    """A word that is said late is found too."""
    filler = "Yesterday my neighbour walked slowly through quiet gardens beside several wooden houses. "
    title = keywords(filler + "The sourdough starter died. " * 4)
    assert title is not None
    assert {"sourdough", "starter"} <= set(title.split())
    assert 3 <= len(title.split()) <= 5


def test_long_words_do_not_make_a_title_too_long() -> None:
    """Keywords are cut to what a menu takes."""
    words = [letter * 30 for letter in "abcde"]
    title = keywords(" ".join(words))
    assert title == " ".join(words[:3])


SOME = st.text(
    alphabet=st.one_of(
        st.characters(),
        st.sampled_from("aZ9 .'’`<>@#:/_-+\n\u200d\u200c\u202e\ufe0f\u0301\u3164\ud83d👨🇩東で的请中ไ한ا१"),
        st.characters(min_codepoint=0x4E00, max_codepoint=0x4EFF),
    ),
    max_size=200,
)


@settings(max_examples=400, deadline=None, database=None)
@given(question=SOME)
def test_any_text_has_a_title_that_can_be_shown(question: str) -> None:
    """Any text gives a title without an error: one line, encodable, the same each time."""
    title, words = first_title(question), keywords(question)
    assert title is None or 1 <= len(regex.findall(r"\X", title)) <= 10
    for shown in (one for one in (title, words) if one is not None):
        assert 1 <= len(shown) <= 100
        assert shown == shown.strip()
        assert shown.isascii() or shown.encode()
        assert all(unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp") for character in shown)
        assert not set(shown) & set("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c")
        assert set(shown) <= set(question) | {" "}
    assert (title, words) == (first_title(question), keywords(question))


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        ".",
        " ",
        "A ",
        "a.",
        "a'",
        "'",
        "``` ",
        "http://",
        "http://a@",
        "<@",
        "<:a",
        "</a",
        "的",
        "東",
        "\u0301",
        "👨\u200d",
    ],
)
def test_no_text_takes_long(piece: str) -> None:
    """Hostile text of twenty times a message's length is done in a fraction of a second."""
    keywords("Load what is loaded once.")
    question = (piece * 80_000)[:80_000]
    began_s = time.process_time()
    first_title(question)
    keywords(question)
    assert time.process_time() - began_s < 0.5


def test_what_titles_need_is_loaded_with_the_first_title() -> None:
    """The libraries for titles are loaded with the first question, not before."""
    code = (
        "import sys, texts.titles as t\n"
        "before = {'regex', 'stopwordsiso'} & set(sys.modules)\n"
        "t.keywords('Why is the sky blue?')\n"
        "print(sorted(before), sorted({'regex', 'stopwordsiso'} & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[] ['regex', 'stopwordsiso']"

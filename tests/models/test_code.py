"""The kind `code`: what of an answer comes as a file, too."""

import pytest

from models.api_client import ApiClient
from models.catalogue import Catalogue
from models.code import FILES_MAX, Code, code_files
from models.events import StreamFinished
from models.model import Model
from tests.models.test_corpus import sorted_out
from tests.models.test_prompt import turn
from tests.rig.model import ModelSandbox

LONG = "print('comet')\n" * 200


def block(code: str = LONG, language: str = "python", fence: str = "```") -> str:
    return f"{fence}{language}\n{code}{fence}\n"


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("python", "code.py"),
        ("Rust", "code.rs"),
        ("c++", "code.cpp"),
        ("tsx", "code.tsx"),
        ("", "code.txt"),
        ("../../etc/passwd", "code.txt"),
        ("brainfuck", "code.txt"),
        ('python title="a.py"', "code.py"),
    ],
)
def test_a_block_that_fits_into_no_message_is_a_file_named_by_its_language(language: str, name: str) -> None:
    """Its content is the code, without the fences."""
    (file,) = code_files(f"Here it is:\n{block(language=language)}That is all.")
    assert (file.name, file.content.decode()) == (name, LONG)


def test_several_blocks_are_several_files_and_not_too_many() -> None:
    """They are numbered where they have the same ending."""
    text = block() + "then\n" + block(language="sh") + block()
    assert [file.name for file in code_files(text)] == ["code-1.py", "code.sh", "code-2.py"]
    assert len(code_files(block() * 15)) == FILES_MAX


def test_what_fits_into_a_message_and_what_is_no_whole_block_is_no_file() -> None:
    """Half a program is of no use, and a long text is not code."""
    assert code_files(block("print()\n")) == ()
    assert code_files(block()[:-5]) == ()
    assert code_files(LONG) == ()
    assert code_files("Use ``` to begin code.\n" + LONG) == ()


def test_fences_count_as_in_markdown() -> None:
    """A longer fence holds shorter ones; tildes do as well as backticks."""
    inner = f"```\n{LONG}```\n"
    for fence in ("````", "~~~"):
        (file,) = code_files(block(inner, "md", fence))
        assert (file.name, file.content.decode()) == ("code.md", inner)


def test_code_in_a_list_loses_the_lists_indentation() -> None:
    """And keeps its own."""
    code = "if comet:\n    print()\n" * 120
    indented = "".join(f"   {line}\n" for line in block(code).splitlines())
    (file,) = code_files(f"1. Do this:\n{indented}2. That is all.")
    assert file.content.decode() == code


def test_a_fence_within_the_code_does_not_end_it() -> None:
    """It is indented deeper than Markdown allows a fence to be."""
    code = 'def f():\n    """Use it so:\n    ```\n    f()\n    ```\n    """\n' + LONG
    (file,) = code_files(block(code))
    assert file.content.decode() == code


async def test_an_answer_with_long_code_has_it_in_its_text_and_as_a_file() -> None:
    """It is asked by the Responses API, and never by another one."""
    async with ModelSandbox() as model:
        answer = f"Here it is:\n{block()}"
        model.script(answer=answer, chunk=100)
        client = ApiClient(base_url=model.base_url, key=model.key)
        kind = Code(client)
        events = [event async for event in kind.stream(turn("Print."), Model(name="m", kind="code"))]
        assert sorted_out(events)[0] == answer
        assert isinstance(events[-1], StreamFinished)
        assert [file.name for file in events[-1].files] == ["code.py"]
        model.script(status=404)
        events = [event async for event in kind.stream(turn("Print."), Model(name="m", kind="code"))]
        await client.close()
    assert isinstance(events[-1], StreamFinished)
    assert {request.path for request in model.requests} == {"/v1/responses"}


def test_its_models_take_the_responses_api_only() -> None:
    """The catalogue says so with a sentence."""
    with pytest.raises(ValueError, match="it must be one of: responses"):
        Catalogue([Model(name="m", kind="code", api="chat_completions")])

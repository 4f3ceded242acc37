"""What model servers sent according to public reports, sent to the real client over a real socket."""

import itertools
import json

import pytest
from anyio.abc import SocketStream

from models.api_client import ApiClient
from models.chat import Chat
from models.events import StreamFinished, TextDropped, Thought
from models.model import Model
from tests.models.raw_server import raw_server
from tests.models.test_prompt import turn
from tests.reports import chat_streams, errors, responses_streams
from tests.reports.case import Case

CASES = (*chat_streams.CASES, *responses_streams.CASES, *errors.CASES)


async def heard(case: Case) -> tuple[str, str, StreamFinished, list[dict[str, object]]]:
    """Text, reasoning and end of one answer, and the bodies of the requests that it took."""
    answers = itertools.chain(case.answers, itertools.repeat(case.answers[-1]))

    async def answer(client: SocketStream) -> None:
        await client.send(next(answers))
        await client.send_eof()

    text, thought, end = "", "", None
    async with raw_server(answer) as server:
        client = ApiClient(base_url=server.base_url, key="sk-test")
        chat = Chat(client)
        async for event in chat.stream(turn("Hello?"), Model(name="m", api=case.api)):
            match event:
                case str():
                    text += event
                case Thought():
                    thought += event.text
                case TextDropped():
                    text = ""
                case StreamFinished():
                    end = event
        await client.close()
    assert end is not None
    return text, thought, end, [json.loads(request.partition(b"\r\n\r\n")[2]) for request in server.requests]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.source)
async def test_what_was_reported_elsewhere_is_read_for_what_it_means(case: Case) -> None:
    """Text, reasoning, end, tokens and waiting time, and what the server was asked in the end."""
    text, thought, end, requests = await heard(case)
    assert (text, thought, end.reason) == (case.text, case.thought, case.reason)
    if case.tokens is not None:
        assert end.usage is not None
        assert (end.usage.input_tokens, end.usage.output_tokens, end.usage.estimated) == (*case.tokens, False)
    else:
        assert end.usage is None or end.usage.estimated
    assert end.retry_after_s == case.retry_after_s
    assert len(requests) == len(case.answers)
    assert requests[0].keys() - requests[-1].keys() == set(case.left_out)
    assert case.sent.items() <= requests[-1].items()

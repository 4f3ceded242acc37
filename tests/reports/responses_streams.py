"""Public reports of streams of the Responses API: which events have the text, and which are empty or missing."""

from typing import Any

from tests.reports.case import DONE, Case, event, stream


def delta(text: str) -> dict[str, Any]:
    return event("output_text.delta", item_id="msg_0", output_index=0, content_index=0, delta=text)


def completed(*output: dict[str, Any]) -> dict[str, Any]:
    usage = {"input_tokens": 10, "output_tokens": 2, "total_tokens": 12}
    return event("completed", response={"status": "completed", "output": list(output), "usage": usage})


def message(text: str) -> dict[str, Any]:
    content = [{"type": "output_text", "text": text, "annotations": []}]
    return {"id": "msg_0", "type": "message", "role": "assistant", "status": "completed", "content": content}


PLACE = {"item_id": "msg_0", "output_index": 0, "content_index": 0}

CASES = (
    Case(
        source="agentgateway/agentgateway#2281",
        told="the deltas have the text; `content_part.done` has an empty one, the item and `output` nothing",
        api="responses",
        answers=(
            stream(
                delta("4"),
                event("content_part.done", part={"type": "output_text", "text": ""}, **PLACE),
                event("output_item.done", output_index=0, item={"type": "message", "content": []}),
                completed(),
            ),
        ),
        outcome="answered",
        text="4",
        tokens=(10, 2),
    ),
    Case(
        source="QuantumNous/new-api#4362",
        told="deltas, `output_text.done` and `output_item.done` have the text, `response.completed` an empty `output`",
        api="responses",
        answers=(
            stream(
                delta("Hel"),
                delta("lo"),
                event("output_text.done", text="Hello", **PLACE),
                event("output_item.done", output_index=0, item=message("Hello")),
                completed(),
            ),
        ),
        outcome="answered, once",
        text="Hello",
        tokens=(10, 2),
    ),
    Case(
        source="TanStack/ai#937",
        told="an empty placeholder in `content_part.added`; the text stands in `response.completed` alone",
        api="responses",
        answers=(
            stream(
                event("content_part.added", part={"type": "output_text", "text": ""}, **PLACE),
                completed(message("Hello")),
            ),
        ),
        outcome="answered",
        text="Hello",
        tokens=(10, 2),
    ),
    Case(
        source="BerriAI/litellm#32724",
        told="no deltas: the text comes in `output_item.done`, and `output` is empty at the end",
        api="responses",
        answers=(stream(event("output_item.done", output_index=0, item=message("Hello")), completed()),),
        outcome="answered",
        text="Hello",
        tokens=(10, 2),
    ),
    Case(
        source="ogx-ai/ogx#5309",
        told="no `response.output_text.done`",
        api="responses",
        answers=(
            stream(
                delta("Hello"),
                event("content_part.done", part={"type": "output_text", "text": "Hello"}, **PLACE),
                completed(message("Hello")),
            ),
        ),
        outcome="answered, once",
        text="Hello",
        tokens=(10, 2),
    ),
    Case(
        source="mnfst/llm-gateway#2064",
        told="nothing but deltas, `response.completed` with an empty `output`, and `[DONE]`",
        api="responses",
        answers=(stream(delta("Hello"), delta("!"), completed(), DONE),),
        outcome="answered",
        text="Hello!",
        tokens=(10, 2),
    ),
    Case(
        source="maximhq/bifrost#895",
        told="`response.output_text.done` with an empty `text` after the deltas",
        api="responses",
        answers=(stream(delta("Hello"), event("output_text.done", text="", **PLACE), completed()),),
        outcome="answered",
        text="Hello",
        tokens=(10, 2),
    ),
    Case(
        source="vllm-project/vllm#35184",
        told="`response.reasoning_text.delta` events whose `content_index` rises with each of them",
        api="responses",
        answers=(
            stream(
                event("reasoning_text.delta", delta="a", item_id="r", output_index=0, content_index=36),
                event("reasoning_text.delta", delta=" greeting", item_id="r", output_index=0, content_index=37),
                event("output_text.delta", delta="Hello", item_id="m", output_index=1, content_index=0),
                completed(),
            ),
        ),
        outcome="answered; the reasoning is kept apart",
        text="Hello",
        thought="a greeting",
        tokens=(10, 2),
    ),
    Case(
        source="SamSaffron/term-llm#456",
        told="an event's JSON in several `data:` lines",
        api="responses",
        answers=(
            stream(
                'event: response.output_text.delta\ndata: {\ndata: "type": "response.output_text.delta",\n'
                'data: "delta": "Hello"\ndata: }\n\n',
                completed(),
            ),
        ),
        outcome="answered",
        text="Hello",
        tokens=(10, 2),
    ),
    Case(
        source="initializ/forge#435",
        told="no `event:` lines, the type stands in the data alone; then nothing but the end of the body (Bedrock behind Kong)",
        api="responses",
        answers=(stream(delta("Loading"), delta("."), completed()),),
        outcome="answered",
        text="Loading.",
        tokens=(10, 2),
    ),
)

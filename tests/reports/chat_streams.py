"""Public reports of streams of Chat Completions: where chunks have their text, their reasoning, their usage and their end."""

from tests.reports.case import DONE, Case, document, stream, told

USAGE = {"choices": [], "usage": {"prompt_tokens": 10, "completion_tokens": 2, "total_tokens": 12}}
SAFE = {"hate": {"filtered": False, "severity": "safe"}, "violence": {"filtered": False, "severity": "safe"}}

CASES = (
    Case(
        source="datawhalechina/hello-agents#425",
        told="the last chunk has the usage, and no choice",
        answers=(stream(told("Hel"), told("lo"), told(finish="stop"), USAGE, DONE),),
        outcome="answered, with the tokens that it tells",
        text="Hello",
        tokens=(10, 2),
    ),
    Case(
        source="pydantic/pydantic-ai#5170",
        told="a chunk in which `choices` is null",
        answers=(stream(told("Hel"), {"choices": None}, told("lo"), told(finish="stop"), DONE),),
        outcome="answered",
        text="Hello",
    ),
    Case(
        source="ollama/ollama#4357",
        told='`finish_reason` is `""` in each chunk, `stop` in the last',
        answers=(stream(told("Hel", ""), told("lo", ""), told("", "stop"), DONE),),
        outcome="answered; an empty reason is none",
        text="Hello",
    ),
    Case(
        source="sgl-project/sglang#3912",
        told='`role` and `tool_calls` are null, `finish_reason` is `""`, with `matched_stop`',
        answers=(
            stream(
                told("Hello", "", role=None, tool_calls=None) | {"usage": None},
                told("", "stop", role=None, tool_calls=None) | {"usage": None},
                DONE,
            ),
        ),
        outcome="answered",
        text="Hello",
    ),
    Case(
        source="BerriAI/liteLLM-proxy#19",
        told="no `finish_reason` in chunks that have none",
        answers=(stream({"choices": [{"index": 0, "delta": {"content": "Hello"}}]}, told(finish="stop"), DONE),),
        outcome="answered",
        text="Hello",
    ),
    Case(
        source="alfredapp/openai-workflow#52",
        told="no chunk has a `finish_reason`, each has the usage so far; the body just ends",
        answers=(
            stream(
                {
                    "choices": [{"index": 0, "delta": {"role": "assistant", "content": "Hel"}}],
                    "usage": {"prompt_tokens": 10, "completion_tokens": 1},
                },
                {
                    "choices": [{"index": 0, "delta": {"role": "assistant", "content": "lo"}}],
                    "usage": {"prompt_tokens": 10, "completion_tokens": 2},
                },
            ),
        ),
        outcome="kept as interrupted, and asked once more: nothing says that it is whole",
        text="Hello",
        reason="ended_early",
    ),
    Case(
        source="vllm-project/vllm#27572",
        told="the last chunk's `finish_reason` is null, then `[DONE]`",
        answers=(stream(told("Hello"), told(""), DONE),),
        outcome="kept as interrupted, and asked once more",
        text="Hello",
        reason="ended_early",
    ),
    Case(
        source="BerriAI/litellm#22573",
        told="reasoning in `delta.reasoning` (vLLM)",
        answers=(stream(told(reasoning="Let me see."), told("Hello"), told(finish="stop"), DONE),),
        outcome="answered; the reasoning is kept apart",
        text="Hello",
        thought="Let me see.",
    ),
    Case(
        source="decolua/9router#3601",
        told="reasoning in `delta.reasoning` beside `role` and an empty `content` (Ollama Cloud)",
        answers=(
            stream(
                told("", role="assistant", reasoning="Let me "),
                told("", reasoning="see."),
                told("Hello"),
                told(finish="stop"),
                DONE,
            ),
        ),
        outcome="answered; the reasoning is kept apart",
        text="Hello",
        thought="Let me see.",
    ),
    Case(
        source="Effect-TS/effect#6060",
        told="reasoning twice, in `reasoning` and in `reasoning_details` (OpenRouter)",
        answers=(
            stream(
                told("", reasoning="Hm.", reasoning_details=[{"type": "reasoning.text", "text": "Hm.", "index": 0}]),
                told("Hello"),
                told(finish="stop"),
                DONE,
            ),
        ),
        outcome="answered; the reasoning is kept apart, once",
        text="Hello",
        thought="Hm.",
    ),
    Case(
        source="anima-research/animachat#129",
        told="`delta.reasoning` is a list of objects with a `text`, or one object",
        answers=(
            stream(
                told(reasoning=[{"text": "Let "}, {"text": "me "}]),
                told(reasoning={"text": "see."}),
                told("Hello", "stop"),
                DONE,
            ),
        ),
        outcome="answered; the reasoning is kept apart",
        text="Hello",
        thought="Let me see.",
    ),
    Case(
        source="envoyproxy/ai-gateway#1222",
        told='`reasoning_content` is an object: `{"text": "I nee"}` (Bedrock)',
        answers=(
            stream(
                told("", role="assistant"),
                told(reasoning_content={"text": "I nee"}),
                told(reasoning_content={"text": "d to add."}),
                told("Hello", "stop"),
                DONE,
            ),
        ),
        outcome="answered; the reasoning is kept apart",
        text="Hello",
        thought="I need to add.",
    ),
    Case(
        source="maximhq/bifrost#6427",
        told="a gateway sends each delta of the reasoning twice",
        answers=(
            stream(
                told(reasoning_content="The"),
                told(reasoning_content="The"),
                told("Hel"),
                told("lo"),
                told(finish="stop"),
                DONE,
            ),
        ),
        outcome="answered; the reasoning is as it was sent",
        text="Hello",
        thought="TheThe",
    ),
    Case(
        source="A3S-Lab/Code#1",
        told="reasoning, deltas, then the whole message once more in the last chunk (MiniMax)",
        answers=(
            stream(
                told(reasoning_content="Hm."),
                told("Hel"),
                told("lo"),
                {
                    "choices": [
                        {
                            "index": 0,
                            "finish_reason": "stop",
                            "message": {"role": "assistant", "content": "Hello", "reasoning_content": "Hm."},
                        }
                    ]
                },
                DONE,
            ),
        ),
        outcome="answered, once; the reasoning is kept apart",
        text="Hello",
        thought="Hm.",
    ),
    Case(
        source="langroid/langroid#292",
        told="first a chunk without a choice: `prompt_filter_results`, with an empty `id` (Azure)",
        answers=(
            stream(
                {
                    "id": "",
                    "choices": [],
                    "created": 0,
                    "model": "",
                    "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": SAFE}],
                    "usage": None,
                },
                told(role="assistant", function_call=None, tool_calls=None, content=None),
                told("Hello"),
                told(finish="stop"),
                DONE,
            ),
        ),
        outcome="answered",
        text="Hello",
    ),
    Case(
        source="langchain-ai/langchain#18977",
        told="chunks with `content_filter_offsets` and no `delta`, the last after the end (Azure)",
        answers=(
            stream(
                told("Hello"),
                told(finish="stop"),
                {
                    "choices": [
                        {
                            "finish_reason": None,
                            "index": 0,
                            "content_filter_results": SAFE,
                            "content_filter_offsets": {"check_offset": 44, "start_offset": 44, "end_offset": 49},
                        }
                    ]
                },
                DONE,
            ),
        ),
        outcome="answered",
        text="Hello",
    ),
    Case(
        source="openai/openai-agents-python#1179",
        told="usage whose counts are null",
        answers=(
            stream(
                told("Hello", "stop"),
                {"choices": [], "usage": {"prompt_tokens": None, "completion_tokens": None, "total_tokens": None}},
                DONE,
            ),
        ),
        outcome="answered; the tokens are estimated",
        text="Hello",
    ),
    Case(
        source="livekit/agents#6596",
        told="usage without `completion_tokens`",
        answers=(stream(told("Hello", "stop"), {"choices": [], "usage": {"prompt_tokens": 10}}, DONE),),
        outcome="answered; the tokens are estimated",
        text="Hello",
    ),
    Case(
        source="MiXaiLL76/auto_ai_router#142",
        told="usage with 0 tokens in and 7 out",
        answers=(
            stream(told("Hello", "stop"), {"choices": [], "usage": {"prompt_tokens": 0, "completion_tokens": 7}}, DONE),
        ),
        outcome="answered; the tokens are estimated, for no prompt has none",
        text="Hello",
    ),
    Case(
        source="openai/openai-go#227",
        told="comments `: OPENROUTER PROCESSING` before the first chunk; `native_finish_reason`",
        answers=(
            stream(
                ": OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\n",
                told("Hello"),
                {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop", "native_finish_reason": "STOP"}]},
                DONE,
            ),
        ),
        outcome="answered",
        text="Hello",
    ),
    Case(
        source="mnfst/llm-gateway#2053",
        told="a gateway passes OpenRouter's comments on as data: `data: : OPENROUTER PROCESSING`",
        answers=(stream("data: : OPENROUTER PROCESSING\n\n", told("Hello"), told(finish="stop"), DONE),),
        outcome="answered; what begins with a colon is a comment there too",
        text="Hello",
    ),
    Case(
        source="anomalyco/opencode#8282",
        told='a chunk breaks off in a string, and the next one follows in the same line: `{"role":"adata: {"id":…` (GLM)',
        answers=(
            stream(
                told("Hel"),
                'data: {"choices":[{"index":0,"delta":{"role":"adata: {"choices":[{"index":0,"delta":{"content":"x"}}]}\n\n',
                told("lo"),
                told(finish="stop"),
                DONE,
            ),
        ),
        outcome="what came before it is kept as interrupted, and asked once more",
        text="Hel",
        reason="malformed",
    ),
    Case(
        source="alexrudall/ruby-openai#332",
        told="intermediaries cut the stream within the JSON, and within characters",
        answers=(stream(told("Grüße "), told("👌"), told(finish="stop"), DONE, reads=7),),
        outcome="answered, to the letter",
        text="Grüße 👌",
    ),
    Case(
        source="diegosouzapw/OmniRoute#13129",
        told="a stream was asked for; the answer is a document with `content` null and 0 tokens",
        answers=(
            document(
                200,
                {
                    "object": "chat.completion",
                    "choices": [
                        {"index": 0, "message": {"role": "assistant", "content": None}, "finish_reason": "stop"}
                    ],
                    "usage": {"prompt_tokens": 10, "completion_tokens": 0},
                },
            ),
        ),
        outcome="the sentence that the model gave no text",
        reason="no_text",
        tokens=(10, 0),
    ),
    Case(
        source="kekzl/imp#768",
        told="the reasoning and the answer in one text, in the Harmony format: a channel *analysis*, then *final* (gpt-oss)",
        answers=(
            stream(
                *(
                    told(token)
                    for token in (
                        *("<|channel|>", "analysis", "<|message|>", "We ", "add.", "<|end|>", "<|start|>", "assistant"),
                        *("<|channel|>", "final", "<|message|>", "Hel", "lo"),
                    )
                ),
                told(finish="stop"),
                DONE,
            ),
        ),
        outcome="answered; the reasoning is kept apart, the markers are gone",
        text="Hello",
        thought="We add.",
    ),
    Case(
        source="llama-farm/llamafarm#753",
        told="the same without the special tokens: the reasoning, *assistantfinal*, and the answer, as one word (gpt-oss)",
        answers=(
            stream(
                *(told(token) for token in ("We ", "add", ".", "assistant", "final", "Hel", "lo")),
                told(finish="stop"),
                DONE,
            ),
        ),
        outcome="answered; the reasoning is kept apart, the markers are gone",
        text="Hello",
        thought="We add.",
    ),
    Case(
        source="elixir-nx/bumblebee#288",
        told="a stop token, *im_end*, stands at the end of the text",
        answers=(stream(told("Hello"), told("<|im_end|>"), told(finish="stop"), DONE),),
        outcome="answered, without it",
        text="Hello",
    ),
    Case(
        source="elizaOS/eliza#30904",
        told="an emoji's two halves, each escaped alone, in two chunks",
        answers=(
            stream(
                'data: {"choices":[{"index":0,"delta":{"content":"Hi \\ud83d"}}]}\n\n',
                'data: {"choices":[{"index":0,"delta":{"content":"\\ude00!"}}]}\n\n',
                told(finish="stop"),
                DONE,
            ),
        ),
        outcome="answered, with the emoji",
        text="Hi 😀!",
    ),
    Case(
        source="elie222/rakazo#416",
        told="half an emoji whose other half never comes",
        answers=(
            stream('data: {"choices":[{"index":0,"delta":{"content":"Hi \\ud83d"},"finish_reason":"stop"}]}\n\n', DONE),
        ),
        outcome="answered, with � in its place",
        text="Hi \ufffd",
    ),
    Case(
        source="sgl-project/sglang#4097",
        told="log probabilities of `-Infinity`, which is no JSON",
        answers=(
            stream(
                'data: {"choices":[{"index":0,"delta":{"content":"Hello"},"logprobs":{"content":[{"token":"#",'
                '"logprob":-Infinity}]},"finish_reason":null}]}\n\n',
                told(finish="stop"),
                DONE,
            ),
        ),
        outcome="answered",
        text="Hello",
    ),
    Case(
        source="gpustack/llama-box#2",
        told="a finish reason, and no `[DONE]` after it",
        answers=(stream(told("Hello"), told("", "stop")),),
        outcome="answered: the finish reason tells the end",
        text="Hello",
    ),
)

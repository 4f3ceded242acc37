"""Questions with large files: a picture of 5 MB, a PDF of 200 pages; one by one, and twenty at once."""

import asyncio
from pathlib import Path
from typing import Any, Final

from tests.bench.answers import warm
from tests.bench.crowd import Crowd, ask, percentile
from tests.bench.figures import Figure
from tests.bench.stage import Stage, stage

FIXTURES: Final = Path(__file__).parents[1] / "fixtures"

AT_ONCE: Final = 20
ALONE: Final = 10
TOKENS: Final = 100
PICTURE_BYTES: Final = 5_000_000
SETTLED_S: Final = 2.0
CONTEXT_TOKENS: Final = 128_000
"""The whole PDF is told."""


async def pictures() -> list[Figure]:
    """Measure questions with a picture of 5 MB: what follows a JPEG's end has no meaning, and makes it large."""
    photo = (FIXTURES / "pictures" / "photo.jpg").read_bytes()
    content = photo.ljust(PICTURE_BYTES, b"\x5a")
    return await _measure("a picture of 5 MB", "photo.jpg", content, "image/jpeg")


async def documents() -> list[Figure]:
    """Measure questions with a PDF of 200 pages."""
    content = (FIXTURES / "documents" / "logbook.pdf").read_bytes()
    return await _measure("a PDF of 200 pages", "logbook.pdf", content, "application/pdf")


async def _measure(what: str, name: str, content: bytes, kind: str) -> list[Figure]:
    async with stage(context_tokens=CONTEXT_TOKENS) as made:
        made.seat(AT_ONCE)
        await made.start()
        await warm(made)

        def enclosed() -> list[dict[str, Any]]:
            return [made.discord.attachment(name, content, kind)]

        await asyncio.sleep(SETTLED_S)
        made.most_mb = idle_mb = made.bot.resident_mb
        alone = [
            await ask(made, [(person, room)], tokens=TOKENS, tag=f"alone{number}x", enclosed=enclosed)
            for number, (person, room) in enumerate(zip(made.people[:ALONE], made.rooms, strict=False))
        ]
        crowd = await _at_once(made, enclosed)
        await asyncio.sleep(SETTLED_S)
        after_mb = made.bot.resident_mb - idle_mb
        told = sum(_is_told(request.body) for request in made.model.requests)
        lags = sorted(made.lags_s)
    first = sorted(wait for one in alone for wait in one.waits("spoke_s", "first_text_s"))
    lost = sum(one.lost for one in (*alone, crowd)) + ALONE + AT_ONCE - told
    return [
        Figure(f"{what}: answers lost, or given without it", lost, "", 0),
        Figure(
            f"{what}: first text after the model's first token, slowest of {ALONE}",
            1000 * percentile(first, 100),
            "ms",
            250,
            bound=f"median {1000 * percentile(first, 50):.1f} ms",
        ),
        Figure(
            f"{what}, {AT_ONCE} at once: the event loop's answer to a heartbeat request, p99",
            1000 * percentile(lags, 99),
            "ms",
            50,
            bound=f"{len(lags)} asked; median {1000 * percentile(lags, 50):.1f} ms, most {1000 * percentile(lags, 100):.0f} ms",
        ),
        Figure(
            f"{what}, {AT_ONCE} at once: memory over idle, at its highest",
            made.most_mb - idle_mb,
            "MB",
            60,
            bound=f"the bot's own process, without those that parse documents; {after_mb:.0f} MB afterwards",
        ),
    ]


async def _at_once(made: Stage, enclosed: Any) -> Crowd:
    watching = [asyncio.create_task(made.note_memory()), asyncio.create_task(made.note_lags())]
    crowd = await ask(
        made, list(zip(made.people, made.rooms, strict=True)), tokens=TOKENS, tag="many", enclosed=enclosed
    )
    for task in watching:
        task.cancel()
    await asyncio.wait(watching)
    return crowd


def _is_told(body: dict[str, Any]) -> bool:
    """Whether a request to the model has a file's picture or text."""
    parts = [part for item in body["input"] if isinstance(item["content"], list) for part in item["content"]]
    texts = [str(part.get("text", "")) for part in parts] + [
        item["content"] for item in body["input"] if isinstance(item["content"], str)
    ]
    return any(part["type"] == "input_image" for part in parts) or any(
        "[attachment: logbook.pdf" in text for text in texts
    )

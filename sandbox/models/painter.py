"""The sandbox's painter: it writes what it was asked for on a picture, and says on it that no model drew it."""

import asyncio
import base64
import hashlib
import io
import textwrap
import time
from typing import Any, Final

from aiohttp import web

from sandbox.models.answers import BadRequestError, Json, begin_events, read_json, refuse_without, send_event

MODEL: Final = "sandbox-painter"

SIZES: Final = ("1024x1024", "1536x1024", "1024x1536")
FORMATS: Final = {"png": "PNG", "jpeg": "JPEG", "webp": "WEBP"}
PARTIALS_MAX: Final = 3
"""How many partial pictures a stream may be asked for (OpenAI: API reference, Create image, partial_images)."""

PICTURES_MAX: Final = 10
PAUSE_S: Final = 0.7
"""Between two pictures of a stream, so that people see them come."""

PIXELS_MAX: Final = 50_000_000
"""A larger picture is not opened to be edited."""

NOTE: Final = "The sandbox wrote your words here. No model drew this."


async def draw(http: web.Request) -> web.StreamResponse:
    """Answer POST /v1/images/generations."""
    body = await read_json(http, "prompt", "model")
    return await _answer(http, body, event="image_generation", under=None)


async def edit(http: web.Request) -> web.StreamResponse:
    """Answer POST /v1/images/edits: the words stand on the first picture that came."""
    form = await http.post()
    pictures = [part.file.read() for part in form.values() if isinstance(part, web.FileField)]
    body: Json = {name: value for name, value in form.items() if isinstance(value, str)}
    body |= {"stream": body.get("stream") == "true"}
    refuse_without(body, "prompt", "model")
    if not pictures:
        raise BadRequestError("Missing required parameter: 'image'.")
    return await _answer(http, body, event="image_edit", under=pictures[0])


async def _answer(http: web.Request, body: Json, *, event: str, under: bytes | None) -> web.StreamResponse:
    size = SIZES[0] if body.get("size", "auto") == "auto" else str(body["size"])
    if size not in SIZES:
        raise BadRequestError(f"Invalid value: '{size}'. Supported values are: {', '.join(SIZES)} and auto.")
    kind = str(body.get("output_format") or "png")
    if kind not in FORMATS:
        raise BadRequestError(f"Invalid value: '{kind}'. Supported values are: {', '.join(FORMATS)}.")
    count = min(_number(body, "n", 1), PICTURES_MAX)
    about = {"size": size, "quality": "low", "background": "opaque", "output_format": kind}
    usage = _usage(body, count)
    if not body.get("stream"):
        drawn = [await _picture(body["prompt"], size, kind, under, share=1.0) for _ in range(count)]
        data = [{"b64_json": one} for one in drawn]
        return web.json_response({"created": int(time.time()), "data": data, "usage": usage, **about})
    response = await begin_events(http)
    partials = min(_number(body, "partial_images", 0), PARTIALS_MAX)
    for number in range(partials):
        share = (number + 1) / (partials + 1)
        said = await _picture(body["prompt"], size, kind, under, share=share)
        await send_event(
            response,
            {"type": f"{event}.partial_image", "partial_image_index": number, "b64_json": said, **_now(), **about},
        )
        await asyncio.sleep(PAUSE_S)
    whole = await _picture(body["prompt"], size, kind, under, share=1.0)
    await send_event(response, {"type": f"{event}.completed", "b64_json": whole, "usage": usage, **_now(), **about})
    await response.write_eof()
    return response


def _now() -> Json:
    return {"created_at": int(time.time())}


def _number(body: Json, name: str, otherwise: int) -> int:
    try:
        return int(body.get(name) or otherwise)
    except (TypeError, ValueError) as error:
        raise BadRequestError(f"Invalid type for '{name}': expected an integer.") from error


def _usage(body: Json, count: int) -> Json:
    asked, drawn = len(str(body["prompt"]).split()), 272 * count
    return {
        "input_tokens": asked,
        "input_tokens_details": {"text_tokens": asked, "image_tokens": 0},
        "output_tokens": drawn,
        "total_tokens": asked + drawn,
    }


async def _picture(prompt: Any, size: str, kind: str, under: bytes | None, *, share: float) -> str:
    """Return a picture in base64; `share` is how much of the words is written yet, from 0 to 1."""
    return await asyncio.to_thread(_drawn, str(prompt), size, kind, under, share)


def _drawn(prompt: str, size: str, kind: str, under: bytes | None, share: float) -> str:
    from PIL import Image, ImageDraw, ImageFont, UnidentifiedImageError  # noqa: PLC0415  # only where somebody draws

    width, height = (int(side) for side in size.split("x"))
    colour = tuple(64 + byte // 2 for byte in hashlib.sha256(prompt.encode("utf-8", "replace")).digest()[:3])
    if under is None:
        picture = Image.new("RGB", (width, height), colour)
    else:
        try:
            with Image.open(io.BytesIO(under)) as opened:
                if opened.width * opened.height > PIXELS_MAX:
                    raise BadRequestError("The picture has too many pixels.")
                picture = opened.convert("RGB").resize((width, height))
        except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
            raise BadRequestError("Invalid image file.") from error
    pen = ImageDraw.Draw(picture)
    # Discord shows pictures at about a third of this size; the note has to be readable there.
    font, small = ImageFont.load_default(size=48), ImageFont.load_default(size=width // 30)
    lines = textwrap.wrap(prompt[: round(len(prompt) * share)], width // 27)[: (height - 160) // 60]
    pen.multiline_text(
        (40, 40), "\n".join(lines), font=font, fill="white", stroke_width=2, stroke_fill="black", spacing=12
    )
    pen.text((40, height - 60), NOTE, font=small, fill="white", stroke_width=2, stroke_fill="black")
    kept = io.BytesIO()
    picture.save(kept, FORMATS[kind])
    return base64.b64encode(kept.getvalue()).decode()

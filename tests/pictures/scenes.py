"""The pictures that stand still: what people do for each, and what is cut out of the page."""

from collections.abc import Awaitable, Callable
from io import BytesIO
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.async_api import FloatRect, Locator, Page, ViewportSize, expect

from tests.pictures import deeds, words
from tests.sandbox.browser import PHONE, Window

FOLDER: Final = Path(__file__).parents[2] / "docs" / "pictures"
BYTES_MAX: Final = 150_000
DESK: Final = ViewportSize(width=1000, height=680)
NARROW: Final = ViewportSize(width=760, height=640)
WIDE: Final = ViewportSize(width=1280, height=680)
COLOURS: Final = 256
MARGIN: Final = 8
SETTLED_MS: Final = 250
"""Until what was hovered over looks as it does otherwise."""
TALL: Final = ViewportSize(width=920, height=1500)
"""So that panels and long answers are in sight as a whole."""


async def take(page: Page, name: str, *parts: Locator) -> None:
    """Write a picture of the page, or of what reaches from the first of these parts to the last, into docs/pictures.

    It has so few colours that it is small. There must be room for the parts in the window.
    """
    await page.mouse.move(0, 0)
    await page.evaluate("document.activeElement.blur()")
    for part in parts:
        await part.scroll_into_view_if_needed()
    await page.wait_for_timeout(SETTLED_MS)
    shot = await page.screenshot(animations="disabled", caret="hide", clip=await _around(parts))
    path = FOLDER / f"{name}.png"
    Image.open(BytesIO(shot)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    assert path.stat().st_size <= BYTES_MAX, f"{path.name} is too large"


async def _around(parts: tuple[Locator, ...]) -> FloatRect | None:
    """Return the rectangle around these parts, None for the whole page."""
    boxes = [box for part in parts if (box := await part.bounding_box())]
    assert len(boxes) == len(parts), "something is not in sight"
    if not boxes:
        return None
    left, top = min(box["x"] for box in boxes), min(box["y"] for box in boxes) - MARGIN
    right = max(box["x"] + box["width"] for box in boxes)
    bottom = max(box["y"] + box["height"] for box in boxes) + MARGIN
    return {"x": left, "y": top, "width": right - left, "height": bottom - top}


async def first_conversation(window: Window) -> None:
    """A question, its answer, and another in the same session."""
    page = await window.open(viewport=DESK)
    await deeds.activate(page)
    await deeds.dismiss(page)
    await deeds.ask(page, words.TRIP)
    await deeds.ask(page, words.TRIP_MORE)
    await take(page, "conversation")


async def panels(window: Window) -> None:
    """Both panels after a question, and /help."""
    page = await window.open(viewport=TALL)
    await deeds.activate(page)
    await deeds.ask(page, words.TRIP)
    await deeds.dismiss(page)
    panel = await deeds.command(page, "/user")
    await take(page, "user", panel)
    await deeds.dismiss(page)
    panel = await deeds.command(page, "/session")
    await take(page, "session", panel)
    await deeds.dismiss(page)
    panel = await deeds.command(page, "/help")
    await take(page, "help", panel)


async def streaming(window: Window) -> None:
    """An answer that grows, with its Stop button."""
    page = await window.open(viewport=NARROW)
    await deeds.activate(page)
    await deeds.dismiss(page)
    await page.locator(".message-text").fill(words.SKY)
    await page.keyboard.press("Enter")
    answer = page.locator("article", has=page.locator(".quoted"))
    await expect(answer).to_contain_text("Red light", timeout=deeds.LATE_MS)
    await take(page, "streaming", page.locator("article").last)
    await deeds.answer_to(page, words.SKY)


async def kinds(window: Window) -> None:
    """One picture for each kind of model beside chat."""
    page = await window.open(viewport=TALL)
    await deeds.activate(page)
    await take(page, "code", await deeds.ask(page, words.CODE))
    for model, question, name in (
        ("Painter", words.PAINT, "drawing"),
        ("Embedder", words.VECTOR, "vector"),
        ("Judge", words.JUDGED, "judged"),
        ("Thinker", words.THINK, "thinking"),
    ):
        await deeds.choose_model(page, model)
        answer = await deeds.ask(page, question)
        if name == "drawing":
            await answer.locator("img").evaluate("(it) => it.decode()")
        await take(page, name, page.locator("article", has_text=question).nth(-2), answer)


async def document(window: Window) -> None:
    """A question about an attached file."""
    page = await window.open(viewport=NARROW)
    await deeds.activate(page)
    await deeds.dismiss(page)
    async with page.expect_file_chooser() as opened:
        await page.get_by_label("Attach files").click()
    file = await opened.value
    await file.set_files({"name": "meeting.md", "mimeType": "text/markdown", "buffer": words.NOTES_FILE.encode()})
    await deeds.ask(page, words.NOTES)
    await take(page, "document", page.locator("article").first, page.locator("article").last)


async def voice(window: Window) -> None:
    """A voice message is heard, and the session goes on with what was said."""
    page = await window.open(viewport=NARROW)
    await deeds.activate(page)
    await deeds.dismiss(page)
    await page.get_by_label("Record a voice message").click()
    await page.get_by_label("Stop and send the voice message").wait_for()
    await page.wait_for_timeout(700)
    await page.get_by_label("Stop and send the voice message").click()
    spoken = page.locator("article", has=page.get_by_label("Play the voice message")).last
    await expect(spoken.locator(".reaction")).to_contain_text("👌", timeout=deeds.LATE_MS)
    await take(page, "voice", page.locator("article").first, page.locator("article").last)


async def two_people(window: Window) -> None:
    """What Alice asks the bot directly is hers; Bob, in the channel, sees nothing of it."""
    page = await window.open("#Alice@&Bob@", viewport=WIDE)
    alice, bob = page.locator("[data-person=Alice]"), page.locator("[data-person=Bob]")
    await alice.get_by_role("button", name="Direct messages").click()
    await expect(alice.get_by_role("heading", name="Causerie").first).to_be_visible()
    await deeds.activate(alice)
    await deeds.dismiss(alice)
    await deeds.ask(alice, words.SURPRISE)
    await deeds.activate(bob)
    await deeds.dismiss(bob)
    await deeds.ask(bob, words.TRIP)
    await take(page, "two-people")


async def phone(window: Window) -> None:
    """A conversation and the panel at a phone's width."""
    page = await window.open(viewport=PHONE)
    await deeds.activate(page)
    await deeds.dismiss(page)
    await deeds.ask(page, words.TRIP)
    await take(page, "phone")
    await deeds.command(page, "/user")
    await take(page, "phone-panel")


SCENES: Final[tuple[Callable[[Window], Awaitable[None]], ...]] = (
    first_conversation,
    panels,
    streaming,
    kinds,
    document,
    voice,
    two_people,
    phone,
)

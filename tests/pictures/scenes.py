"""The pictures that stand still: what people do for each, and what is cut out of the page."""

from collections.abc import Awaitable, Callable
from typing import Final

from playwright.async_api import ViewportSize, expect

from tests.pictures import deeds
from tests.pictures.camera import Camera
from tests.sandbox.browser import PHONE

DESK: Final = ViewportSize(width=1000, height=680)
NARROW: Final = ViewportSize(width=760, height=640)
WIDE: Final = ViewportSize(width=1280, height=680)
TALL: Final = ViewportSize(width=920, height=1500)
"""So that panels and long answers are in sight as a whole."""


async def first_conversation(camera: Camera) -> None:
    """A question, its answer, and another in the same session."""
    page = await camera.open(viewport=DESK)
    await deeds.activate(page, camera.words)
    await deeds.dismiss(page, camera.words)
    await deeds.ask(page, camera.words.trip)
    await deeds.ask(page, camera.words.trip_more)
    await camera.take(page, "conversation")


async def panels(camera: Camera) -> None:
    """Both panels after a question, and /help."""
    page = await camera.open(viewport=TALL)
    await deeds.activate(page, camera.words)
    await deeds.ask(page, camera.words.trip)
    await deeds.dismiss(page, camera.words)
    panel = await deeds.command(page, "/user", camera.words)
    await camera.take(page, "user", panel)
    await deeds.dismiss(page, camera.words)
    panel = await deeds.command(page, "/session", camera.words)
    await camera.take(page, "session", panel)
    await deeds.dismiss(page, camera.words)
    panel = await deeds.command(page, "/help", camera.words)
    await camera.take(page, "help", panel)


async def streaming(camera: Camera) -> None:
    """An answer that grows, with its Stop button."""
    page = await camera.open(viewport=NARROW)
    await deeds.activate(page, camera.words)
    await deeds.dismiss(page, camera.words)
    await page.locator(".message-text").fill(camera.words.sky)
    await page.keyboard.press("Enter")
    answer = page.locator("article", has=page.locator(".quoted"))
    await expect(answer).to_contain_text(camera.words.sky_middle, timeout=deeds.LATE_MS)
    await camera.take(page, "streaming", page.locator("article").last)
    await deeds.answer_to(page, camera.words.sky)


async def kinds(camera: Camera) -> None:
    """One picture for each kind of model beside chat."""
    page = await camera.open(viewport=TALL)
    await deeds.activate(page, camera.words)
    await camera.take(page, "code", await deeds.ask(page, camera.words.code))
    for model, question, name in (
        ("Painter", camera.words.paint, "drawing"),
        ("Embedder", camera.words.vector, "vector"),
        ("Judge", camera.words.judged, "judged"),
        ("Thinker", camera.words.think, "thinking"),
    ):
        await deeds.choose_model(page, model, camera.words)
        answer = await deeds.ask(page, question)
        if name == "drawing":
            await answer.locator("img").evaluate("(it) => it.decode()")
        await camera.take(page, name, page.locator("article", has_text=question).nth(-2), answer)


async def document(camera: Camera) -> None:
    """A question about an attached file."""
    page = await camera.open(viewport=NARROW)
    await deeds.activate(page, camera.words)
    await deeds.dismiss(page, camera.words)
    async with page.expect_file_chooser() as opened:
        await page.get_by_label(camera.words.page("files.attach")).click()
    file = await opened.value
    await file.set_files(
        {"name": camera.words.notes_name, "mimeType": "text/markdown", "buffer": camera.words.notes_file.encode()}
    )
    await deeds.ask(page, camera.words.notes)
    await camera.take(page, "document", page.locator("article").first, page.locator("article").last)


async def voice(camera: Camera) -> None:
    """A voice message is heard, and the session goes on with what was said."""
    page = await camera.open(viewport=NARROW)
    await deeds.activate(page, camera.words)
    await deeds.dismiss(page, camera.words)
    await page.get_by_label(camera.words.page("voice.record")).click()
    await page.get_by_label(camera.words.page("voice.stop")).wait_for()
    await page.wait_for_timeout(700)
    await page.get_by_label(camera.words.page("voice.stop")).click()
    spoken = page.locator("article", has=page.get_by_label(camera.words.page("voice.play"))).last
    await expect(spoken.locator(".reaction")).to_contain_text("👌", timeout=deeds.LATE_MS)
    await camera.take(page, "voice", page.locator("article").first, page.locator("article").last)


async def two_people(camera: Camera) -> None:
    """What Alice asks the bot directly is hers; Bob, in the channel, sees nothing of it."""
    page = await camera.open("#Alice@&Bob@", viewport=WIDE)
    alice, bob = page.locator("[data-person=Alice]"), page.locator("[data-person=Bob]")
    await alice.get_by_role("button", name=camera.words.page("places.direct")).click()
    await expect(alice.get_by_role("heading", name="Causerie").first).to_be_visible()
    await deeds.activate(alice, camera.words)
    await deeds.dismiss(alice, camera.words)
    await deeds.ask(alice, camera.words.surprise)
    await deeds.activate(bob, camera.words)
    await deeds.dismiss(bob, camera.words)
    await deeds.ask(bob, camera.words.trip)
    await camera.take(page, "two-people")


async def phone(camera: Camera) -> None:
    """A conversation and the panel at a phone's width."""
    page = await camera.open(viewport=PHONE)
    await deeds.activate(page, camera.words)
    await deeds.dismiss(page, camera.words)
    await deeds.ask(page, camera.words.trip)
    await camera.take(page, "phone")
    await deeds.command(page, "/user", camera.words)
    await camera.take(page, "phone-panel")


SCENES: Final[tuple[Callable[[Camera], Awaitable[None]], ...]] = (
    first_conversation,
    panels,
    streaming,
    kinds,
    document,
    voice,
    two_people,
    phone,
)

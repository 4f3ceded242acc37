"""The moving picture: a first conversation, the bot killed in the middle of its answer, and how it goes on."""

import asyncio
import time
from io import BytesIO
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.async_api import Page, ViewportSize, expect

from tests.pictures import deeds
from tests.pictures.camera import Camera
from tests.pictures.words import Words

SIZE: Final = ViewportSize(width=1120, height=600)
EVERY_S: Final = 0.2
LAST_MS: Final = 4_000
BYTES_MAX: Final = 1_500_000
FILE: Final = "causerie.webp"


class FilmCamera:
    """Takes a frame every fifth of a second, and keeps those that differ from the one before."""

    def __init__(self, page: Page) -> None:
        """Film a page."""
        self.frames: list[Image.Image] = []
        self.shown_ms: list[int] = []
        self._page = page
        self._last = b""
        self._at_s = 0.0

    async def film(self) -> None:
        """Take frames until it is cancelled."""
        while True:
            began_s = time.monotonic()
            await self.shoot()
            await asyncio.sleep(max(0.0, EVERY_S - (time.monotonic() - began_s)))

    async def shoot(self) -> None:
        """Take one frame."""
        shot = await self._page.screenshot(caret="initial")
        now_s = time.monotonic()
        if shot == self._last:
            return
        if self.frames:
            self.shown_ms.append(round((now_s - self._at_s) * 1000))
        self.frames.append(Image.open(BytesIO(shot)).convert("RGB"))
        self._last, self._at_s = shot, now_s

    def write(self, path: Path) -> None:
        """Write what was filmed, with a pause at its end."""
        first, *others = self.frames
        durations = [*self.shown_ms, LAST_MS]
        first.save(
            path,
            save_all=True,
            append_images=others,
            duration=durations,
            loop=0,
            lossless=True,
            method=4,
            minimize_size=True,
        )
        size = path.stat().st_size
        assert size <= BYTES_MAX, f"{path.name} has {size} bytes"


async def film(camera: Camera) -> None:
    """Act the conversation, as quickly as a person would, and film it."""
    page = await camera.open(viewport=SIZE)
    await expect(page.get_by_role("button", name=camera.words.page("first.open"))).to_be_enabled(timeout=deeds.LATE_MS)
    await page.get_by_role("button", name=camera.words.page("bar.behind")).click()
    filmed = FilmCamera(page)
    filming = asyncio.create_task(filmed.film())
    try:
        await _conversation(page, camera.words)
    finally:
        filming.cancel()
        await asyncio.gather(filming, return_exceptions=True)
    await filmed.shoot()
    filmed.write(camera.folder / FILE)


async def _conversation(page: Page, words: Words) -> None:
    line = page.locator(".message-text")
    await line.press_sequentially("/user", delay=120)
    await page.wait_for_timeout(800)
    await line.press("Enter")
    await page.wait_for_timeout(400)
    await page.get_by_role("button", name=words.page("composer.send")).click()
    panel = page.locator("article.ephemeral").first
    await panel.get_by_role("button").first.wait_for(timeout=deeds.LATE_MS)
    await page.wait_for_timeout(1_500)
    await deeds.choose_status(panel, "activate", words)
    await page.wait_for_timeout(1_200)
    await panel.get_by_role("button", name=words.page("message.dismiss")).click()
    await line.press_sequentially(words.sky, delay=40)
    await line.press("Enter")
    answer = page.locator("article", has=page.locator(".quoted"))
    await expect(answer).to_contain_text(words.sky_middle, timeout=deeds.LATE_MS)
    await page.get_by_role("button", name=words.page("trouble.kill_bot")).click()
    await expect(page.locator("#behind")).to_contain_text(
        words.page("behind.starts.other", count=2), timeout=deeds.LATE_MS
    )
    await deeds.answer_to(page, words.sky)
    await expect(page.locator("#behind")).to_contain_text(words.page("state.delivered"), timeout=deeds.LATE_MS)

"""Takes pictures of the sandbox's page: of the whole page, or of what reaches from one of its parts to another."""

from io import BytesIO
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.async_api import FloatRect, Locator, Page, ViewportSize

from tests.pictures.words import Words
from tests.sandbox.browser import DESK, Window

BYTES_MAX: Final = 150_000
"""Of a picture that a page of the docs shows."""
COLOURS: Final = 256
MARGIN: Final = 8
SETTLED_MS: Final = 250
"""Until what was hovered over looks as it does otherwise."""


class Camera:
    """A browser in which people use Discord in one language, and the folder that its pictures go to."""

    def __init__(self, window: Window, words: Words, folder: Path, *, bytes_max: int | None = BYTES_MAX) -> None:
        """Be ready to open the page; without `bytes_max`, pictures keep all their colours."""
        self.words = words
        self.folder = folder
        self._window = window
        self._bytes_max = bytes_max

    async def open(
        self, address: str = "", *, viewport: ViewportSize = DESK, dark: bool = True, touch: bool = False
    ) -> Page:
        """Open the page as `Window.open` does."""
        return await self._window.open(address, viewport=viewport, dark=dark, touch=touch, language=self.words.browser)

    async def take(self, page: Page, name: str, *parts: Locator) -> None:
        """Write a picture of the page, or of what reaches from the first of these parts to the last.

        One for the docs has so few colours that it is small. There must be room for the parts in the window.
        """
        await page.mouse.move(0, 0)
        await page.evaluate("document.activeElement.blur()")
        await self.take_as_it_is(page, name, *parts)

    async def take_as_it_is(self, page: Page, name: str, *parts: Locator) -> None:
        """Do the same, and leave the focus and what is pointed at."""
        for part in parts:
            await part.scroll_into_view_if_needed()
        await page.wait_for_timeout(SETTLED_MS)
        shot = await page.screenshot(animations="disabled", caret="hide", clip=await _around(parts))
        path = self.folder / f"{name}.png"
        picture = Image.open(BytesIO(shot)).convert("RGB")
        if self._bytes_max is None:
            picture.save(path)
            return
        picture.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
        assert path.stat().st_size <= self._bytes_max, f"{path.name} is too large"


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

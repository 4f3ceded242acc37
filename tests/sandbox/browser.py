"""A real browser: what the page looks like to a person, not to a parser.

It is the machine's own Chromium, or the one that `make browser` puts into `.venv/browser`. Without either, the tests that
need it are skipped and say so.
"""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, ViewportSize, async_playwright

FOLDER: Final = Path(__file__).parents[2] / ".venv" / "browser"
CHROMIUM: Final = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None) or (
    str(FOLDER / "chromium") if (FOLDER / "chromium").exists() else None
)
AXE: Final = FOLDER / "node_modules" / "axe-core" / "axe.min.js"
ENVIRONMENT: Final = {"LD_LIBRARY_PATH": f"{FOLDER}/libraries/lib", "FONTCONFIG_PATH": f"{FOLDER}/fonts"}
"""What the browser of `make browser` needs: its own libraries and fonts."""

ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)
DESK: Final = ViewportSize(width=1200, height=800)
PHONE: Final = ViewportSize(width=380, height=760)
TIMEOUT_MS: Final = 20_000

REFUSED: Final = "status of 409"

MISSING: Final = "needs Chromium, so it did not run: install the package chromium, or run `make browser`"

needs_browser: Final = pytest.mark.skipif(CHROMIUM is None, reason=MISSING)
needs_axe: Final = pytest.mark.skipif(CHROMIUM is None or not AXE.exists(), reason="needs axe-core: run `make browser`")


class Window:
    """A browser with the page open in one tab, and what it complained of."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.url = url
        self.errors: list[str] = []
        """Exceptions, and what the page's policy forbade."""
        self.asked: list[str] = []
        """The address of everything that was loaded."""
        self._browser = browser

    async def open(
        self,
        address: str = "",
        *,
        viewport: ViewportSize = DESK,
        dark: bool = True,
        touch: bool = False,
        language: str = "en-US",
    ) -> Page:
        """Open the page in a tab of its own, with a memory of its own; with `touch` there is no pointer that could hover.

        `language` is that of the browser.
        """
        context = await self._browser.new_context(
            viewport=viewport,
            color_scheme="dark" if dark else "light",
            locale=language,
            has_touch=touch,
            is_mobile=touch,
        )
        context.set_default_timeout(TIMEOUT_MS)
        page = await context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._hear)
        page.on("request", lambda request: self.asked.append(request.url))
        await page.goto(self.url + address)
        await page.locator(".pane .channel-head").first.wait_for()
        return page

    def _hear(self, said: ConsoleMessage) -> None:
        # What is refused in words comes with this status, and the page says it.
        if said.type == "error" and REFUSED not in said.text:
            self.errors.append(said.text)


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """Run a browser."""
    executable = CHROMIUM or ""
    environment = ENVIRONMENT if executable.startswith(str(FOLDER)) else {}
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=executable, args=[*ARGUMENTS], env={**environment})
        try:
            yield started
        finally:
            await started.close()


@asynccontextmanager
async def window(browser: Browser, url: str) -> AsyncIterator[Window]:
    """Show the page at an address; at the end its tabs are closed, and it has complained of nothing and asked nothing of the world."""
    opened = Window(browser, url)
    try:
        yield opened
    finally:
        for context in browser.contexts:
            await context.close()
    assert opened.errors == []
    assert [address for address in opened.asked if not address.startswith((url, "data:", "blob:"))] == []

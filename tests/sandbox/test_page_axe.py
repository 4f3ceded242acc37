"""The page is usable for eyes, screen readers and keyboards: axe-core finds no violation, in each language."""

import pytest
from playwright.async_api import Page, ViewportSize, expect

from sandbox.discord import Channel
from sandbox.web import Web
from tests.sandbox.browser import AXE, DESK, PHONE, Window, needs_axe
from tests.sandbox.clerk import Clerk, filled
from tests.sandbox.rows import ACTORS, Rows


@needs_axe
@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
async def test_axe_finds_no_violation(
    opened: Window, town: Web, clerk: Clerk, general: Channel, viewport: ViewportSize, dark: bool, locale: str
) -> None:
    """An empty channel and one full of everything, a menu, a form, the Apps, a command, and what happens behind: for eyes and screen readers (WCAG 2.2 AA)."""
    page = await opened.open(viewport=viewport, dark=dark, language=locale)
    await expect(page.locator("html")).to_have_attribute("lang", locale)
    axe = AXE.read_text(encoding="utf-8")
    await _judged(page, axe)
    await filled(clerk, general)
    await expect(page.locator("article")).to_have_count(6)
    await _judged(page, axe)
    await page.locator("article select").first.click()
    await _judged(page, axe)
    await page.keyboard.press("Escape")
    await page.locator("article select").first.select_option("blue")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await _judged(page, axe)
    await page.keyboard.press("Escape")
    await page.locator("article[aria-label^=Bob] .deeds [aria-haspopup]").first.click()
    await _judged(page, axe)
    await page.keyboard.press("Escape")
    await page.locator(".message-text").fill("/s")
    await expect(page.locator(".offers li")).to_have_count(1)
    await _judged(page, axe)
    await page.keyboard.press("Enter")
    await page.keyboard.type("a")
    await expect(page.locator(".offers li", has_text="a!")).to_be_visible()
    await _judged(page, axe)
    town.behind = Rows(admin="Alice", actors=ACTORS)  # type: ignore[assignment]
    await page.locator(".bar [aria-controls], .bar [aria-expanded]").click()
    await expect(page.locator("#behind table.of-actor")).to_be_visible()
    await _judged(page, axe)


async def _judged(page: Page, axe: str) -> None:
    found = await page.evaluate(f"async () => {{ {axe}; return (await axe.run()).violations; }}")
    wrong = {it["id"]: [node["html"][:200] for node in it["nodes"]] for it in found}
    assert wrong == {}, wrong

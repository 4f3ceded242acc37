"""What people do on the page, as a person would: by the names of buttons, menus and lines."""

import re
from typing import Final

from playwright.async_api import Locator, Page, expect

from actors.panel.status_view import STATUS_MEANINGS, STATUS_NAMES
from messages.presses import Status
from tests.pictures.words import Words
from texts.say import say

Place = Page | Locator
"""The page, or what one of two people sees of it."""

LATE_MS: Final = 60_000


async def activate(pane: Place, words: Words) -> None:
    """Open the panel from the first screen and press activate."""
    await pane.get_by_role("button", name=words.page("first.open")).click(timeout=LATE_MS)
    await choose_status(pane.locator("article.ephemeral").first, "activate", words)


async def choose_status(panel: Locator, status: Status, words: Words) -> None:
    """Press a status in the panel of /user, and wait until the panel says it."""
    name, meaning = say(STATUS_NAMES[status], words.locale), say(STATUS_MEANINGS[status], words.locale)
    await panel.get_by_role("button", name=re.compile(rf"(^|\s){re.escape(name)}$")).click(timeout=LATE_MS)
    await expect(panel).to_contain_text(f"{name} — {meaning}", timeout=LATE_MS)


async def dismiss(pane: Place, words: Words) -> None:
    """Dismiss what only this person sees."""
    for _ in range(await pane.locator("article.ephemeral").count()):
        await pane.locator("article.ephemeral").first.get_by_role("button", name=words.page("message.dismiss")).click()


async def ask(pane: Place, question: str) -> Locator:
    """Ask, wait for 👌, and return the answer's message."""
    line = pane.locator(".message-text")
    await line.fill(question)
    await line.press("Enter")
    return await answer_to(pane, question)


async def answer_to(pane: Place, question: str) -> Locator:
    """Wait for 👌 at a question and return the answer's message."""
    page = pane if isinstance(pane, Page) else pane.page
    asked = pane.locator("article", has_text=question).filter(has=page.locator(".reaction"))
    await expect(asked.last.locator(".reaction")).to_contain_text("👌", timeout=LATE_MS)
    return pane.locator("article", has=page.locator(".quoted", has_text=question)).last


async def command(pane: Place, name: str, words: Words) -> Locator:
    """Use a slash command without options and return the panel that it gave."""
    line = pane.locator(".message-text")
    panels = pane.locator("article.ephemeral")
    before = await panels.count()
    await line.fill(name)
    await line.press("Enter")
    await pane.get_by_role("button", name=words.page("composer.send")).click()
    await expect(panels).to_have_count(before + 1, timeout=LATE_MS)
    await expect(panels.last.get_by_role("button").first).to_be_visible(timeout=LATE_MS)
    return panels.last


async def choose_model(pane: Place, model: str, words: Words) -> None:
    """Choose the model of new sessions in the panel of /user, and have each message begin one."""
    panel = pane.locator("article.ephemeral").first
    menu = panel.locator("select").first
    value = await menu.locator("option", has_text=model).first.get_attribute("value")
    assert value is not None
    await menu.select_option(value)
    await expect(menu.locator("option:checked")).to_contain_text(model, timeout=LATE_MS)
    await choose_status(panel, "new", words)

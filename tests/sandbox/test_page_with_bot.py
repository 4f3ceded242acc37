"""The page with everything behind it: `causerie sandbox`, its small local model, and the bot, used in a browser."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from sandbox.bot_process import CHECKOUT, KEPT
from tests.sandbox.browser import PHONE, Window, needs_browser, window

pytestmark = [needs_browser, pytest.mark.conversation]

LATE_MS = 60_000
"""How long the small model may take on a machine that is busy."""

NEW = re.compile(r"\bnew$")
"""The button's name, whatever emoji stands before it."""


@pytest.fixture
async def opened(tmp_path: Path, chromium: Browser) -> AsyncIterator[Window]:
    """A browser at the page of a sandbox that was started as a newcomer starts it."""
    env = {name: os.environ[name] for name in KEPT if name in os.environ} | {"CAUSERIE_DATA": str(tmp_path)}
    command = (sys.executable, "-m", "cli", "sandbox")
    process = await asyncio.create_subprocess_exec(
        *command, cwd=CHECKOUT, env=env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    assert process.stdout is not None
    try:
        _, url = (await process.stdout.readline()).decode().split()
        async with window(chromium, url) as opened:
            yield opened
    finally:
        process.terminate()
        await process.wait()


async def activated(pane: Page | Locator) -> None:
    """Do what the first screen says: open the panel, press activate."""
    await pane.get_by_role("button", name="Open /user").click(timeout=LATE_MS)
    await pane.locator("article.ephemeral").get_by_role("button", name="activate").click()
    await expect(pane.locator("article.ephemeral").first).to_contain_text("activate —", timeout=LATE_MS)


async def asked(pane: Page | Locator, question: str) -> Locator:
    """Ask, wait until the bot has said that it is done, and return the answer."""
    page = pane if isinstance(pane, Page) else pane.page
    line = pane.locator(".message-text")
    await line.fill(question)
    await line.press("Enter")
    said = pane.locator("article", has_text=question).filter(has=page.locator(".reaction"))
    await expect(said.last.locator(".reaction")).to_contain_text("👌", timeout=LATE_MS)
    return pane.locator("article", has=page.locator(".quoted", has_text=question)).last


async def chosen(page: Page, model: str) -> None:
    """Choose a model in the panel for new sessions, and begin one with each message."""
    panel = page.locator("article.ephemeral").first
    menu = panel.locator("select").first
    label = await menu.locator("option", has_text=model).first.get_attribute("value")
    assert label is not None
    await menu.select_option(label)
    await expect(panel).to_contain_text(f"Model: {model}")
    await panel.get_by_role("button", name=NEW).click()
    await expect(panel).to_contain_text("new —")


async def test_the_first_conversation(opened: Window) -> None:
    """Two presses and a question, then both panels, by somebody who has read nothing but the first screen."""
    page = await opened.open()
    await activated(page)
    answer = await asked(page, "What is the capital of France?")
    assert await answer.locator(".text").inner_text()
    await page.locator(".message-text").fill("/session")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator("article.ephemeral", has_text="What is the capital of France?").last).to_be_visible()
    await page.get_by_role("button", name="Behind the scenes").click()
    await expect(page.locator("#behind")).to_contain_text("delivered")
    await expect(page.locator("#behind")).to_contain_text("POST /v1/responses")


async def test_a_panel_says_everything_once(opened: Window) -> None:
    """Its texts stand in its layout, and not above it, too."""
    page = await opened.open()
    await activated(page)
    panel = page.locator("article.ephemeral").first
    assert (await panel.inner_text()).count("Max token") == 1


async def test_what_to_do_next_stands_below(opened: Window) -> None:
    """With the panel open, its button; then the line; and nothing once something was asked. The panel has the focus of the button that opened it."""
    page = await opened.open()
    await page.get_by_role("button", name="Open /user").click(timeout=LATE_MS)
    await expect(page.locator("article.ephemeral")).to_be_focused()
    await expect(page.locator(".unanswered")).to_have_text(
        "Causerie does not answer you (Alice) yet. Press activate above."
    )
    await page.get_by_role("button", name="💬 activate").click()
    await expect(page.locator(".unanswered")).to_have_text(
        "Causerie answers you (Alice) now. Ask something in the line below."
    )
    await asked(page, "Name a colour.")
    await expect(page.locator(".unanswered")).to_have_count(0)


async def test_alice_runs_the_bot_and_its_live_actors_are_shown(opened: Window) -> None:
    """`/causerie` is offered to her in the server, and answers; while an answer streams, an actor does."""
    page = await opened.open()
    await activated(page)
    await page.get_by_role("button", name="Behind the scenes").click()
    actors = page.locator("#behind table.of-actor")
    await expect(actors).to_contain_text("connected to the gateway")
    line = page.locator(".message-text")
    await line.fill("Write a long story about a fox.")
    await line.press("Enter")
    await expect(actors).to_contain_text("1 streaming", timeout=LATE_MS)
    await line.fill("/causerie")
    await line.press("Enter")
    await page.get_by_role("button", name="Send").click()
    panel = page.locator("article.ephemeral").last
    await expect(panel.get_by_role("button", name="Models")).to_be_visible(timeout=LATE_MS)


async def test_the_first_conversation_by_keyboard_alone(opened: Window) -> None:
    """Slash, Enter, Tab and Enter are enough."""
    page = await opened.open()
    await page.get_by_role("button", name="Open /user").and_(page.locator(":enabled")).wait_for(timeout=LATE_MS)
    await page.locator(".message-text").focus()
    await page.keyboard.type("/user")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    panel = page.locator("article.ephemeral").first
    await panel.wait_for()
    for _ in range(40):
        await page.keyboard.press("Shift+Tab")
        if (await page.evaluate("document.activeElement.textContent")).endswith("activate"):
            break
    await page.keyboard.press("Enter")
    await expect(panel).to_contain_text("activate —", timeout=LATE_MS)
    await asked(page, "Name a colour.")


async def test_the_first_conversation_on_a_phone(opened: Window) -> None:
    """The places are behind a button; everything else is at hand."""
    page = await opened.open(viewport=PHONE)
    await page.get_by_label("Servers and channels").click()
    await page.get_by_role("button", name="random").click()
    await activated(page)
    await asked(page, "Name a colour.")
    assert await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


async def test_a_killed_bot_goes_on_and_a_reload_loses_nothing(opened: Window) -> None:
    """In the middle of an answer the bot is killed and the page is loaded again: the answer is finished all the same."""
    page = await opened.open()
    await activated(page)
    await page.get_by_role("button", name="Behind the scenes").click()
    await page.get_by_role("button", name="Slow model").click()  # the small model may have little to say of a fox
    await page.locator(".message-text").fill("Write a long story about a fox.")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Stop")).to_be_visible(timeout=LATE_MS)
    await page.get_by_role("button", name="Kill the bot").click()
    await expect(page.locator("#behind")).to_contain_text("started 2 times", timeout=LATE_MS)
    await page.reload()
    await expect(page.locator("article", has_text="Write a long story").locator(".reaction")).to_contain_text(
        "👌", timeout=LATE_MS
    )
    assert await page.locator("article", has=page.locator(".quoted")).count() >= 1


async def test_two_people_and_a_private_session(opened: Window) -> None:
    """What Alice asks the bot directly is hers: Bob sees nothing of it, and cannot go on in it."""
    page = await opened.open("#Alice@&Bob@")
    alice, bob = page.locator("[data-person=Alice]"), page.locator("[data-person=Bob]")
    await alice.get_by_role("button", name="Direct messages").click()
    await expect(alice.get_by_role("heading", name="Causerie").first).to_be_visible()
    await activated(alice)
    await asked(alice, "My secret number is 41.")
    await bob.get_by_role("button", name="Direct messages").click()
    await expect(bob.locator("article")).to_have_count(0)
    await activated(bob)
    await expect(bob.locator("article.ephemeral").first).not_to_contain_text("secret")


async def test_every_kind_of_model_can_be_tried(opened: Window) -> None:
    """Each stand-in is in the menu; its answer is a picture, a vector, scores or a transcript, as the kind gives it."""
    page = await opened.open()
    await activated(page)
    await chosen(page, "Painter (stand-in)")
    drawn = await asked(page, "a red house")
    picture = drawn.locator("img")
    assert await picture.evaluate("(it) => it.decode().then(() => it.naturalWidth)") > 0
    await chosen(page, "Embedder (stand-in)")
    await expect((await asked(page, "houses and trees")).locator(".file a")).to_contain_text(".json")
    await chosen(page, "Judge (stand-in)")
    await expect(await asked(page, "a hateful word")).to_contain_text("hate")
    await chosen(page, "SmolLM2 (on this machine), as a completion model")
    assert await (await asked(page, "Roses are red,")).locator(".text").inner_text()
    await page.get_by_label("Record a voice message").click()
    await page.get_by_label("Stop and send the voice message").wait_for()
    await page.wait_for_timeout(700)
    await page.get_by_label("Stop and send the voice message").click()
    voice = page.locator("article", has=page.get_by_label("Play the voice message")).last
    await expect(voice.locator(".reaction")).to_contain_text("👌", timeout=LATE_MS)


async def test_each_person_reads_their_own_language(opened: Window) -> None:
    """Bob chooses Chinese: his panel, the command's description and its options are Chinese, Alice's stay English."""
    page = await opened.open("#Alice@&Bob@")
    alice, bob = page.locator("[data-person=Alice]"), page.locator("[data-person=Bob]")
    await alice.get_by_role("button", name="Open /user").and_(page.locator(":enabled")).wait_for(timeout=LATE_MS)
    await bob.get_by_label("Language of Bob").select_option("zh-CN")
    await bob.locator(".message-text").fill("/user")
    await expect(bob.locator(".offers li").first).to_contain_text("设置")
    await bob.locator(".message-text").fill("")
    await alice.get_by_role("button", name="Open /user").click()
    await bob.get_by_role("button", name="打开 /user").click()
    await expect(alice.locator("article.ephemeral")).to_contain_text("Status: disable")
    await expect(bob.locator("article.ephemeral")).to_contain_text("状态")
    await expect(bob.locator("article.ephemeral")).not_to_contain_text("Status")


async def test_the_first_advice_never_leads_nowhere(opened: Window) -> None:
    """In empty direct messages: switch it on, and from then on Say hello is there, and is answered."""
    page = await opened.open()
    await page.get_by_role("button", name="Direct messages").click()
    await expect(page.get_by_role("heading", name="Causerie").first).to_be_visible()
    await expect(page.get_by_role("button", name="Say hello")).to_have_count(0)
    await activated(page)
    await page.get_by_role("button", name="Dismiss message").click()
    await page.get_by_role("button", name="Say hello").click()
    question = page.locator("article", has_text="Hello! Who are you?").filter(has=page.locator(".reaction"))
    await expect(question.first.locator(".reaction")).to_contain_text("👌", timeout=LATE_MS)


async def test_trouble_is_made_and_overcome(opened: Window) -> None:
    """A cut gateway, refused requests and a slow model: the answer comes, once."""
    page = await opened.open()
    await activated(page)
    await page.get_by_role("button", name="Behind the scenes").click()
    slow = page.get_by_role("button", name="Slow model")
    await slow.click()
    await expect(slow).to_have_attribute("aria-pressed", "true")
    await page.get_by_role("button", name="Cut the gateway").click()
    await page.get_by_role("button", name="Answer 429").click()
    await asked(page, "Name a colour.")
    await expect(page.locator("#behind")).to_contain_text("429")
    # A long answer has several parts, and each is a reply; none of them stands there twice.
    parts = await page.locator("article", has=page.locator(".quoted")).locator(".text").all_inner_texts()
    assert parts
    assert len(set(parts)) == len(parts)

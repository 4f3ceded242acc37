"""The page in a real browser, by what somebody reads: their language, the first steps, and where things stand."""

import asyncio
import base64
import re

import hikari
import pytest
from playwright.async_api import Page, ViewportSize, expect

from sandbox.discord import Channel
from sandbox.web import Web
from tests.sandbox.browser import DESK, PHONE, TIMEOUT_MS, Window, needs_browser
from tests.sandbox.clerk import Clerk, filled
from tests.sandbox.rows import ACTORS, Rows

pytestmark = needs_browser

DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
"""A picture of one pixel."""


async def test_each_person_reads_the_page_in_their_language(opened: Window, clerk: Clerk, general: Channel) -> None:
    """The page's own words, its dates and its `lang` follow the person that one is; two people have one each."""
    bob = clerk.discord.person("Bob")
    bob.user.locale = "zh-CN"
    await bob.say(general, "hello")
    page = await opened.open("#Bob@")
    await expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    assert await page.title() == "Causerie 沙盒"
    await expect(page.get_by_role("button", name="幕后")).to_be_visible()
    await expect(page.locator(".message-text")).to_have_attribute("placeholder", "输入消息，或用 / 使用命令")
    await expect(page.locator(".day")).to_contain_text("年")
    await page.get_by_role("button", name="双人视图").click()
    await expect(page.locator("[data-person=Bob]")).to_have_attribute("lang", "zh-CN")
    await expect(page.locator("[data-person=Alice]")).to_have_attribute("lang", "en-US")
    await expect(page.locator("[data-person=Alice] .day")).not_to_contain_text("年")
    await page.locator("[data-person=Bob]").get_by_label("Bob 的语言").select_option("en-US")
    await expect(page.locator("html")).to_have_attribute("lang", "en-US")
    await expect(page.get_by_role("button", name="Behind the scenes")).to_be_visible()


@pytest.mark.parametrize(("browser", "locale"), [("zh-SG", "zh-CN"), ("zh-TW", "en-US"), ("fr-FR", "en-US")])
async def test_the_browsers_language_comes_first(opened: Window, clerk: Clerk, browser: str, locale: str) -> None:
    """Somebody whose browser is in another Chinese written alike reads Chinese at once, and the bot is told so."""
    page = await opened.open(language=browser)
    await expect(page.locator("html")).to_have_attribute("lang", locale)
    await clerk.discord.until(lambda: clerk.discord.person("Alice").user.locale == locale)


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
async def test_every_view_says_everything(opened: Window, clerk: Clerk, general: Channel, locale: str) -> None:
    """No sentence is missing where everything is shown: the browser would tell of an exception."""
    page = await opened.open("#Alice@&Bob@", language=locale)
    clerk.discord.add_forum("help")
    await filled(clerk, general)
    alice = page.locator("[data-person=Alice]")
    await expect(alice.locator("article")).to_have_count(6)
    await page.locator(".bar [aria-expanded]").click()
    await expect(page.locator("#behind")).to_be_visible()
    await alice.locator(".message-text").fill("/x")
    await alice.locator(".message-text").press("Enter")
    await expect(alice.get_by_role("alert")).to_contain_text("/x")
    await alice.locator(".place", has_text="help").click()
    await expect(alice.locator(".forum h2")).to_be_visible()
    await alice.locator(".me select").first.select_option("")
    await alice.locator(".me input").fill("Bob")
    await alice.locator(".me button").first.click()
    await expect(alice.get_by_role("alert")).to_contain_text("Bob")


async def test_a_message_that_is_too_long_is_refused_in_words_and_comes_back(opened: Window) -> None:
    page = await opened.open(language="zh-CN")
    await expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    await page.locator(".message-text").fill("长" * 2001)
    await page.locator(".message-text").press("Enter")
    await expect(page.get_by_role("alert")).to_have_text("一条消息须有 1 到 2000 个字符。请缩短，或作为文件发送。")
    await expect(page.locator(".message-text")).to_have_value("长" * 2001)


async def test_the_first_screen_knows_whether_the_bot_answers(
    opened: Window, town: Web, clerk: Clerk, general: Channel
) -> None:
    """Where it would not, the first step is to switch it on; where it does, Say hello is a message that it answers."""
    rows = Rows()
    town.behind = rows  # type: ignore[assignment]
    page = await opened.open()
    await expect(page.get_by_role("button", name="Say hello")).to_have_count(0)
    await expect(page.get_by_text("activate")).to_be_visible()
    alice = clerk.discord.person("Alice")
    rows.statuses[alice.id] = "new"
    clerk.discord.world.changes.happened()
    await expect(page.get_by_text("each message starts a session of its own")).to_be_visible()
    rows.statuses[alice.id] = "activate"
    clerk.discord.world.changes.happened()
    await expect(page.get_by_role("button", name="Open /user")).to_have_count(0)
    await page.get_by_role("button", name="Say hello").click()
    await expect(page.locator("article")).to_contain_text("Hello! Who are you?")
    await expect(page.get_by_text("does not answer")).to_have_count(0)
    rows.statuses[alice.id] = "disable"
    await clerk.discord.person("Bob").say(general, "hi")
    await expect(page.get_by_text("Causerie does not answer you (Alice) yet.")).to_be_visible()


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
async def test_the_live_actors_are_told_as_the_bot_tells_them(opened: Window, town: Web, locale: str) -> None:
    """Each state and each breaker that is not closed in the reader's words; what an actor does not know is a question mark."""
    rows = Rows(admin="Alice")
    town.behind = rows  # type: ignore[assignment]
    page = await opened.open(language=locale)
    await page.locator(".bar [aria-expanded]").click()
    drawer = page.locator("#behind")
    await expect(drawer).to_contain_text("metrics_port")
    await expect(drawer).to_contain_text("/causerie")
    rows.actors = ACTORS
    await expect(drawer).not_to_contain_text("metrics_port")
    told = await drawer.locator("table.of-actor").inner_text()
    assert {str(number) for number in range(21, 30)} <= set(re.findall(r"\d+", told))
    assert "?" in told
    assert "odd-model" in told
    rows.actors = {**ACTORS, "sessions": {}, "held": 0, "breakers": [], "connected": False}
    await expect(drawer.locator("table.of-actor")).not_to_contain_text("odd-model")


async def test_the_page_says_who_runs_the_bot(opened: Window, town: Web) -> None:
    """Of oneself and of others; and of the small model, that it is one."""
    town.behind = Rows(admin="Alice", has_small_model=True)  # type: ignore[assignment]
    page = await opened.open()
    await expect(page.locator(".me")).to_contain_text("You are (admin)")
    await expect(page.locator(".nothing")).to_contain_text("OPENAI_API_KEY=…")
    page = await opened.open("#Bob@")
    await expect(page.locator(".me")).not_to_contain_text("You are (admin)")
    await expect(page.locator(".me option[value=Alice]")).to_have_text("Alice (admin)")


async def test_one_press_leads_to_the_line_for_messages(page: Page) -> None:
    """Who uses the keyboard does not walk through every server and channel first."""
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Go to the line for messages")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator(".message-text")).to_be_focused()


async def test_what_is_replied_to_names_who_is_mentioned(page: Page, clerk: Clerk, general: Channel) -> None:
    """In the quoted line, too; and a message that has the focus is described by what it says."""
    bob = clerk.discord.person("Bob")
    asked = await bob.say(general, f"<@{clerk.discord.world.bot.id}> hello <@&1> in <#{general.id}>")
    await clerk.bot.rest.create_message(general.id, "Hi", reply=asked.id)
    await expect(page.locator(".quoted")).to_have_text(f"@{clerk.discord.world.bot.name} hello @somebody in #general")
    answer = page.locator("article", has=page.locator(".quoted"))
    await expect(answer).to_have_accessible_description("Hi")


async def test_edited_stands_after_what_was_edited(page: Page, clerk: Clerk, general: Channel) -> None:
    """At the end of the text; below a picture that has none."""
    picture = hikari.Bytes(DOT, "dot.png")
    drawn = await clerk.bot.rest.create_message(general.id, "…", attachment=picture)
    await clerk.bot.rest.edit_message(general.id, drawn.id, "")
    message = page.locator("article", has=page.locator("img"))
    await expect(message).to_contain_text("(edited)")
    mark, shown = await message.locator(".edited").bounding_box(), await message.locator("img").bounding_box()
    assert mark is not None
    assert shown is not None
    assert mark["y"] >= shown["y"] + shown["height"]
    await clerk.bot.rest.edit_message(general.id, drawn.id, "A dot")
    await expect(message.locator(".text")).to_contain_text("A dot (edited)")
    await expect(message.locator(".edited")).to_have_count(1)


async def test_arrow_keys_walk_the_messages_and_tab_reaches_what_each_offers(
    page: Page, clerk: Clerk, general: Channel
) -> None:
    """Twenty messages are one stop of the Tab key, and the newest is the first that the arrow reaches."""
    for number in range(20):
        await clerk.discord.person("Bob").say(general, f"message {number}")
    await expect(page.locator("article")).to_have_count(20)
    await expect(page.locator(".deeds button:not([tabindex='-1'])")).to_have_count(2)
    await page.locator(".messages").focus()
    await page.keyboard.press("ArrowUp")
    await expect(page.locator("article").last).to_be_focused()
    await page.keyboard.press("ArrowUp")
    reached = page.locator("article", has_text="message 18")
    await expect(reached).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(reached.get_by_label("Reply")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Replying to Bob")).to_be_visible()


async def test_arrow_keys_walk_the_list_of_commands(page: Page, clerk: Clerk) -> None:
    """The marked one is what Enter takes, and a screen reader is told which that is."""
    three = [clerk.bot.rest.slash_command_builder(name, f"Does {name}") for name in ("one", "two", "three")]
    await clerk.bot.rest.set_application_commands(clerk.discord.world.application_id, three)
    line = page.locator(".message-text")
    await line.fill("/")
    await line.press("ArrowDown")
    marked = page.locator(".offers li[aria-selected=true]")
    await expect(marked).to_contain_text("/two")
    assert await line.get_attribute("aria-activedescendant") == await marked.get_attribute("id")
    await line.press("Enter")
    await expect(page.locator(".command strong").first).to_have_text("/two")


async def test_a_menu_describes_its_choices_and_marks_the_present_one(
    page: Page, clerk: Clerk, general: Channel
) -> None:
    """Each description stands below its choice."""
    row = clerk.bot.rest.build_message_action_row()
    menu = row.add_text_menu("m", placeholder="A model")
    menu.add_option("Small", "s", description="Quick", is_default=True).add_option("Large", "l", description="Slow")
    await clerk.bot.rest.create_message(general.id, "a", component=row)
    select = page.get_by_label("A model")
    await expect(select.locator(".present")).to_have_text("Small")
    await select.click()
    label, about = select.locator(".choice").last, select.locator(".about").last
    await expect(about).to_have_text("Slow")
    above, below = await label.bounding_box(), await about.bounding_box()
    assert above is not None
    assert below is not None
    assert below["y"] > above["y"]
    assert await select.locator("option:checked").inner_text() == "Small · Quick"


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
async def test_a_phone_breaks_no_moment_and_covers_no_reply(
    opened: Window, clerk: Clerk, general: Channel, locale: str
) -> None:
    """A date with its time stays in one line; what a finger needs lies beside what is replied to, and nothing sticks out."""
    page = await opened.open(viewport=PHONE, touch=True, language=locale)
    said = await clerk.bot.rest.create_message(general.id, "**Create time**: <t:1764201120:f>\n-# <t:1764201120:F>")
    bob = clerk.discord.person("Bob")
    await bob.say(general, "word " * 40, reply_to=general.messages[int(said.id)])
    await expect(page.locator("article .reply")).to_be_visible()
    assert await page.locator(".markdown time").evaluate_all(
        "(all) => all.map((it) => it.getClientRects().length)"
    ) == [1, 1]
    quoted = await page.locator(".reply .quoted").bounding_box()
    deeds = await page.locator("article", has=page.locator(".reply")).locator(".deeds").bounding_box()
    assert quoted is not None
    assert deeds is not None
    assert quoted["x"] + quoted["width"] <= deeds["x"]
    await bob.say(general, "long " * 40)
    await clerk.discord.person("Alice").say(general, "word " * 40)
    lowest = "(all) => all.map((it) => it.closest('article').querySelector('.text').getBoundingClientRect().top - it.getBoundingClientRect().bottom)"
    mine = page.locator("article", has=page.locator(".head")).locator(".deeds")
    await expect(mine).to_have_count(3)
    assert min(await mine.evaluate_all(lowest)) >= 0
    assert await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
async def test_nothing_moves_for_who_wants_that(opened: Window, viewport: ViewportSize) -> None:
    """The system's wish for reduced motion stops every transition and animation."""
    page = await opened.open(viewport=viewport)
    await page.emulate_media(reduced_motion="reduce")
    moving = "() => [...document.querySelectorAll('*')].filter((it) => it.getAnimations().length || parseFloat(getComputedStyle(it).transitionDuration) > 0).length"
    assert await page.evaluate(moving) == 0


async def test_a_button_that_the_bot_leaves_unanswered_is_named(page: Page, clerk: Clerk, general: Channel) -> None:
    """Who pressed several knows which one failed, and reads what to do."""
    clerk.bot.unsubscribe(hikari.InteractionCreateEvent, clerk.on_interaction)
    row = clerk.bot.rest.build_message_action_row()
    row.add_interactive_button(hikari.ButtonStyle.PRIMARY, "b1", label="Silent")
    await clerk.bot.rest.create_message(general.id, "a", component=row)
    await page.get_by_role("button", name="Silent").click()
    await expect(page.locator("article", has_text="You used “Silent”")).to_be_visible()
    clerk.discord.clock.advance(4)
    await expect(page.get_by_role("alert")).to_contain_text("The application did not respond.")


async def test_offers_leave_the_name_of_their_option_in_sight(page: Page) -> None:
    """Who completes a value still reads what it is for."""
    await page.locator(".message-text").fill("/session")
    await page.locator(".message-text").press("Enter")
    await page.keyboard.type("ab")
    await expect(page.locator(".offers li", has_text="ab!")).to_be_visible()
    label, offers = (
        await page.locator(".option label").bounding_box(),
        await page.locator(".completing .offers").bounding_box(),
    )
    assert label is not None
    assert offers is not None
    assert offers["y"] + offers["height"] <= label["y"]


async def test_only_what_is_added_is_read_aloud(page: Page) -> None:
    """A screen reader would otherwise say an answer anew with each piece that streams in."""
    await expect(page.get_by_role("log")).to_have_attribute("aria-relevant", "additions")


async def test_what_is_pressed_near_the_end_does_not_move_away(page: Page, clerk: Clerk, general: Channel) -> None:
    """The view follows what is new, not the keyboard's place: else the button would be elsewhere when the finger is lifted."""
    row = clerk.bot.rest.build_message_action_row()
    row.add_interactive_button(hikari.ButtonStyle.PRIMARY, "b1", label="Press me")
    await clerk.bot.rest.create_message(general.id, "\n".join(["line"] * 60), component=row)
    await clerk.bot.rest.create_message(general.id, "after it")
    await expect(page.locator("article")).to_have_count(2)
    await page.locator(".messages").hover()
    await page.mouse.wheel(0, -60)
    # The page's policy forbids what Playwright's own wait_for_function does from the second look on.
    gap = "it.scrollHeight - it.scrollTop - it.clientHeight"
    look = f"(it) => new Promise((done) => {{ const look = () => {gap} > 40 ? done() : requestAnimationFrame(look); look(); }})"
    async with asyncio.timeout(TIMEOUT_MS / 1000):
        await page.locator(".messages").evaluate(look)
    await page.get_by_role("button", name="Press me").click()
    await expect(page.get_by_role("dialog")).to_be_visible()

"""The page in a real browser: what keyboard and mouse do with it, and that it can be read and used everywhere."""

import asyncio

import hikari
import pytest
from playwright.async_api import Page, Route, expect

from sandbox.discord import Channel
from tests.sandbox.browser import DESK, PHONE, TIMEOUT_MS, Window, needs_browser
from tests.sandbox.clerk import Clerk, filled

pytestmark = needs_browser

PASTE = """(line) => {
  const files = new DataTransfer();
  const bytes = Uint8Array.from(atob("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="), (it) => it.charCodeAt(0));
  files.items.add(new File([bytes], "dot.png", { type: "image/png" }));
  files.items.add(new File(["notes"], "notes.txt", { type: "text/plain" }));
  line.dispatchEvent(new ClipboardEvent("paste", { clipboardData: files, bubbles: true, cancelable: true }));
}"""
"""Two files out of the clipboard: a picture of one pixel, and a text."""


async def test_command_is_filled_in_and_sent_by_keyboard(page: Page, clerk: Clerk) -> None:
    """Slash, Enter, typing, an offer by arrow key; what is sent is the offer's value. The panel comes with menu and file."""
    line = page.locator(".message-text")
    await line.focus()
    await page.keyboard.type("/s")
    await expect(page.locator(".offers li")).to_have_count(1)
    await page.keyboard.press("Enter")
    await page.keyboard.type("ab")
    await expect(page.locator(".offers li", has_text="ab!")).to_be_visible()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("session Which")).to_have_value("ab!")
    await page.keyboard.press("Enter")
    await expect(page.locator("article.ephemeral select")).to_be_visible()
    (used,) = [it for it in clerk.discord.world.interactions.values() if it.kind == 2]
    assert used.data["options"] == [{"name": "session", "type": 3, "value": "ab"}]
    link = page.locator(".file a").first
    await expect(link).to_have_text("three.md")
    assert await link.evaluate("(it) => fetch(it.href).then((it) => it.text())") == "# three"
    await expect(line).to_be_focused()
    await expect(page.locator(".reply", has_text="Alice used /session").first).to_be_visible()


async def test_arrow_keys_walk_the_list_of_people(page: Page, clerk: Clerk, general: Channel) -> None:
    """An @ offers people; what is sent mentions them as Discord's clients do."""
    await page.locator(".message-text").focus()
    await page.keyboard.type("Hello @")
    await expect(page.locator(".offers li").first).to_contain_text("@Causerie")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await page.keyboard.type("how are you?")
    await page.keyboard.press("Enter")
    await expect(page.locator("article .mention")).to_have_text("@Bob")
    (said,) = clerk.discord.messages(general)
    assert said.content == f"Hello {clerk.discord.person('Bob').mention} how are you?"


async def test_menu_opens_a_form_that_is_filled_in(page: Page, clerk: Clerk, general: Channel) -> None:
    """Choosing opens the bot's form over the page; too little is not sent; what was written reaches the bot."""
    await (await clerk.discord.person("Alice").command(general, "session")).answered()
    menu = page.locator("article select").first
    await menu.select_option("blue")
    await expect(page.get_by_role("dialog").locator("input")).to_be_focused()
    # Until the bot redraws its panel, the menu shows what holds.
    await expect(menu).to_have_value("red")
    await page.keyboard.press("Enter")
    assert await page.locator("dialog input").evaluate("(it) => it.matches(':invalid')")
    await page.keyboard.type("abc")
    await page.keyboard.press("Enter")
    await expect(page.locator("article").last).to_contain_text("Form: name=abc")
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_form_that_is_closed_is_gone(page: Page, clerk: Clerk, general: Channel) -> None:
    """Escape closes it; the bot hears nothing of that."""
    await (await clerk.discord.person("Alice").command(general, "session")).answered()
    await page.locator("article select").first.select_option("blue")
    await expect(page.get_by_role("dialog")).to_be_visible()
    heard = len(clerk.heard)
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    assert len(clerk.heard) == heard


async def test_apps_menu_works_by_keyboard_and_mouse(page: Page, clerk: Clerk, general: Channel) -> None:
    """The menu of the last message is not cut off, and holds the bot's command; a right click opens it too; Escape closes it."""
    await clerk.discord.person("Bob").say(general, "hello")
    more = page.get_by_label("More about the message of Bob")
    await more.focus()
    await page.keyboard.press("Enter")
    command = page.get_by_role("menuitem", name="Show session")
    await expect(command).to_be_in_viewport()
    await page.keyboard.press("ArrowUp")
    await expect(command).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("article.ephemeral")).to_contain_text("It says hello")
    await page.locator("article .text").first.click(button="right")
    await expect(command).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(command).to_have_count(0)
    await expect(more).to_be_focused()


async def test_redrawn_panel_keeps_the_keyboards_place(page: Page, clerk: Clerk, general: Channel) -> None:
    """Somebody who stands on a control of a message still stands there when the bot has changed the message."""
    used = await clerk.discord.person("Alice").command(general, "session")
    panel = page.locator("article.ephemeral").first
    await expect(panel).to_contain_text("Panel, edited")
    await panel.locator("select").focus()
    await clerk.bot.rest.edit_webhook_message(clerk.discord.world.application_id, used.token, "@original", "Changed")  # type: ignore[arg-type]
    await expect(panel).to_contain_text("Changed")
    await expect(panel.locator("select")).to_be_focused()


async def test_an_open_menu_survives_an_answer_that_grows(page: Page, clerk: Clerk, general: Channel) -> None:
    """Each edit of a message redraws it; what somebody has opened on it stays open."""
    said = await clerk.bot.rest.create_message(general.id, "one")
    await page.get_by_label("More about the message of Causerie").click()
    await clerk.bot.rest.edit_message(general.id, said.id, "one two")
    await expect(page.locator("article .text")).to_contain_text("one two")
    await expect(page.get_by_role("menuitem", name="Reply")).to_be_visible()


async def test_the_view_follows_what_is_new_until_one_scrolls_up(page: Page, clerk: Clerk, general: Channel) -> None:
    """An answer that grows stays in sight; somebody who reads further up is not moved, and is led back by a button."""
    said = await clerk.bot.rest.create_message(general.id, "one")
    for lines in (15, 30, 45):  # Discord allows five edits in 5 s
        await clerk.bot.rest.edit_message(general.id, said.id, "\n".join(["line"] * lines))
    await clerk.bot.rest.edit_message(general.id, said.id, "\n".join(["line"] * 60) + " end")
    box = page.locator(".messages")
    gap = "(it) => it.scrollHeight - it.scrollTop - it.clientHeight"
    await expect(page.locator("article .text")).to_contain_text("end")
    assert await box.evaluate(gap) < 80
    # The browser tells late of a scrolling: by then the content may have grown, and nobody has scrolled up.
    await box.evaluate(
        "(it) => { it.firstElementChild.style.paddingBottom = '900px'; it.dispatchEvent(new Event('scroll')); }"
    )
    await clerk.bot.rest.edit_message(general.id, said.id, "\n".join(["line"] * 61) + " the end")
    await expect(page.locator("article .text")).to_contain_text("the end")
    assert await box.evaluate(gap) < 80
    await box.hover()
    await page.mouse.wheel(0, -600)
    await page.get_by_role("button", name="Jump to the newest").wait_for()
    await clerk.bot.rest.create_message(general.id, "another")
    await expect(page.locator("article")).to_have_count(2)
    assert await box.evaluate(gap) > 300
    await page.get_by_role("button", name="Jump to the newest").click()
    await expect(page.get_by_role("button", name="Jump to the newest")).to_have_count(0)
    assert await box.evaluate(gap) < 80


async def test_files_are_pasted_taken_back_and_sent(page: Page, clerk: Clerk, general: Channel) -> None:
    """They stand above the text until they are sent; the picture is drawn in the message."""
    line = page.locator(".message-text")
    await line.evaluate(PASTE)
    await expect(page.locator(".chosen .file")).to_have_count(2)
    await page.get_by_label("Do not send notes.txt").click()
    await expect(page.locator(".chosen .file")).to_have_count(1)
    await line.focus()
    await page.keyboard.type("Look!")
    await page.keyboard.press("Enter")
    picture = page.locator("article img")
    await picture.wait_for()
    assert await picture.evaluate("(it) => it.decode().then(() => it.naturalWidth)") == 1
    await expect(page.locator(".chosen")).to_have_count(0)
    (message,) = clerk.discord.messages(general)
    assert [file["filename"] for file in message.attachments] == ["dot.png"]
    assert message.content == "Look!"


async def test_a_voice_message_is_recorded_and_played(page: Page, clerk: Clerk, general: Channel) -> None:
    """It goes alone, with its length and its waveform, as Discord's clients send one."""
    await page.get_by_label("Record a voice message").click()
    stop = page.get_by_label("Stop and send the voice message")
    await stop.wait_for()
    await expect(page.get_by_placeholder("press 🎤 again to send")).to_be_visible()
    await page.wait_for_timeout(700)
    await stop.click()
    await expect(page.get_by_label("Play the voice message")).to_be_visible(timeout=TIMEOUT_MS)
    (message,) = clerk.discord.messages(general)
    assert message.flags == 1 << 13
    assert message.attachments[0]["duration_secs"] > 0.2
    assert message.attachments[0]["waveform"]


async def test_what_is_written_while_a_message_is_sent_stays(page: Page) -> None:
    """The line is free at once; a message that was refused comes back into it."""
    sent, may_go_on = asyncio.Event(), asyncio.Event()

    async def slowly(route: Route) -> None:
        deed = route.request.post_data or ""
        if '"say"' in deed:
            sent.set()
            await may_go_on.wait()
        if "The third" in deed:
            await route.fulfill(json={"error": "not now"})
        else:
            await route.continue_()

    await page.route("**/api/deeds", slowly)
    line = page.locator(".message-text")
    await line.fill("The first")
    await line.press("Enter")
    await sent.wait()
    await line.press_sequentially("The second")
    async with page.expect_response(lambda it: "The first" in (it.request.post_data or "")):
        may_go_on.set()
    await expect(page.locator("article", has_text="The first")).to_be_visible()
    await expect(line).to_have_value("The second")
    await line.fill("The third")
    await line.press("Enter")
    await expect(page.get_by_role("alert")).to_have_text("That did not work: not now.")
    await expect(line).to_have_value("The third")


async def test_messages_are_answered_edited_and_deleted(page: Page, clerk: Clerk, general: Channel) -> None:
    """Reply, edit (also by the arrow key), react and take it back, delete."""
    bob = clerk.discord.person("Bob")
    await bob.say(general, "Lunch?")
    await page.locator("article", has_text="Lunch?").hover()
    await page.get_by_label("Reply").click()
    await page.keyboard.type("Yes")
    await page.keyboard.press("Enter")
    await expect(page.locator(".reply .quoted")).to_have_text("Lunch?")
    await page.keyboard.press("ArrowUp")
    await expect(page.locator(".message-text")).to_have_value("Yes")
    await page.keyboard.type(", at noon")
    await page.keyboard.press("Enter")
    await expect(page.locator("article").last).to_contain_text("Yes, at noon (edited)")
    await page.get_by_label("More about the message of Bob").click()
    await page.get_by_role("menuitem", name="React with 🎉").click()
    mine = page.get_by_role("button", name="🎉, 1")
    await expect(mine).to_have_attribute("aria-pressed", "true")
    await mine.click()
    await expect(mine).to_have_count(0)
    await page.get_by_label("More about the message of Alice").click()
    await page.get_by_role("menuitem", name="Delete").click()
    await expect(page.locator("article")).to_have_count(1)


async def test_two_people_sit_side_by_side(page: Page, clerk: Clerk, general: Channel) -> None:
    """Each sees what is theirs: the other's typing, no private answers, no hidden channels; a reload keeps both where they are."""
    await page.get_by_role("button", name="Two people").click()
    alice, bob = page.locator("[data-person=Alice]"), page.locator("[data-person=Bob]")
    await alice.locator(".message-text").fill("Hi Bob")
    await expect(bob.locator(".typing")).to_have_text("Alice is typing…")
    await alice.locator(".message-text").press("Enter")
    await expect(bob.locator("article")).to_contain_text("Hi Bob")
    await expect(bob.locator(".typing")).to_have_text("")
    await clerk.discord.person("Alice").command(general, "session")
    await expect(alice.locator("article.ephemeral").first).to_be_visible()
    await expect(bob.locator("article.ephemeral")).to_have_count(0)
    await expect(alice.get_by_role("button", name="staff")).to_be_visible()
    await expect(bob.get_by_role("button", name="staff")).to_have_count(0)
    await bob.get_by_role("button", name="random").click()
    await expect(bob.get_by_role("heading", name="random")).to_be_visible()
    await bob.locator(".message-text").fill("half a thought")
    await page.reload()
    await expect(bob.get_by_role("heading", name="random")).to_be_visible()
    await expect(bob.locator(".message-text")).to_have_value("half a thought")
    await expect(alice.get_by_role("heading", name="general")).to_be_visible()


async def test_channels_with_something_new_are_marked(page: Page, clerk: Clerk) -> None:
    """The mark goes when one looks there."""
    await clerk.discord.person("Bob").say(clerk.discord.channel("random"), "news")
    fresh = page.get_by_role("button", name="random, something new")
    await fresh.click()
    await expect(page.locator("article")).to_contain_text("news")
    await expect(page.get_by_role("button", name="random", exact=True)).to_be_visible()
    alice = clerk.discord.person("Alice")
    direct = await clerk.bot.rest.create_dm_channel(hikari.Snowflake(alice.id))
    await clerk.bot.rest.create_message(direct.id, "psst")
    await expect(page.get_by_role("button", name="Direct messages, something new")).to_have_class("server fresh")


async def test_a_forum_has_posts(page: Page, clerk: Clerk) -> None:
    """One begins a post with a title and a message, and is in it."""
    clerk.discord.add_forum("help")
    await page.get_by_role("button", name="help").click()
    await page.get_by_label("Title").fill("Which model?")
    await page.get_by_role("textbox", name="Message").fill("The best one, please")
    await page.get_by_role("button", name="Post", exact=True).click()
    await expect(page.get_by_role("heading", name="Which model?")).to_be_visible()
    await expect(page.locator("article")).to_contain_text("The best one, please")
    post = clerk.discord.channel("Which model?")
    assert list(post.messages) == [post.id]


async def test_a_person_who_is_added_can_be_used(page: Page, clerk: Clerk, general: Channel) -> None:
    """A name that is taken is refused with a sentence."""
    await page.get_by_label("You are").select_option("Somebody new…")
    await page.get_by_label("Name of the new person").fill("Chen")
    await page.get_by_role("button", name="Add").click()
    await expect(page.locator("[data-person=Chen]")).to_be_visible()
    await page.locator(".message-text").fill("hi")
    await page.keyboard.press("Enter")
    await expect(page.locator("article")).to_contain_text("hi")
    assert clerk.discord.messages(general)[0].author.name == "Chen"


async def test_disabled_controls_cannot_be_used(page: Page, clerk: Clerk, general: Channel) -> None:
    """They are drawn as what they are."""
    row = clerk.bot.rest.build_message_action_row()
    row.add_interactive_button(hikari.ButtonStyle.PRIMARY, "off", label="Off", is_disabled=True)
    menus = clerk.bot.rest.build_message_action_row()
    menus.add_text_menu("m", placeholder="Closed", is_disabled=True).add_option("A", "a")
    await clerk.bot.rest.create_message(general.id, "a", components=[row, menus])
    await expect(page.get_by_role("button", name="Off")).to_be_disabled()
    await expect(page.get_by_label("Closed")).to_be_disabled()


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
async def test_nothing_sticks_out_sideways(
    opened: Window, clerk: Clerk, general: Channel, viewport: dict[str, int], dark: bool
) -> None:
    """Long words, code and buttons stay inside, on a phone and a desk."""
    page = await opened.open(viewport=viewport, dark=dark)  # type: ignore[arg-type]
    await filled(clerk, general)
    await expect(page.locator("article")).to_have_count(6)
    for place in ("document.documentElement", "document.querySelector('.messages')"):
        assert await page.evaluate(f"{place}.scrollWidth - {place}.clientWidth") <= 0


async def test_somebody_whom_the_bot_does_not_answer_yet_is_shown_the_first_step(
    page: Page, clerk: Clerk, general: Channel
) -> None:
    """Also where others talk already; whoever has used a command knows the way."""
    alice, bob = clerk.discord.person("Alice"), clerk.discord.person("Bob")
    await bob.say(general, "Is anybody there?")
    await expect(page.get_by_text("Causerie does not answer you (Alice) yet.")).to_be_visible()
    await expect(page.get_by_role("button", name="Open /user")).to_have_count(1)
    await alice.command(general, "session")
    await expect(page.locator("article select")).to_be_visible()
    await expect(page.get_by_text("does not answer")).to_have_count(0)


@pytest.mark.parametrize("address", ["#Nobody@", "#Nobody@1", "#Alice@1"])
async def test_address_of_an_older_sandbox_opens_the_page(opened: Window, address: str) -> None:
    """Its people and places may not be there any more."""
    page = await opened.open(address)
    await expect(page.get_by_role("region", name="What Alice sees")).to_be_visible()


async def test_phone_shows_what_a_finger_needs(opened: Window, clerk: Clerk, general: Channel) -> None:
    """What a pointer finds by hovering is there, buttons are large enough, and a touch beside the places closes them."""
    page = await opened.open(viewport=PHONE, touch=True)
    await filled(clerk, general)
    reply = page.get_by_role("button", name="Reply").first
    await expect(page.locator(".deeds").first).to_have_css("opacity", "1")
    low = "(all) => all.filter((it) => it.offsetHeight < 40).map((it) => it.innerText)"
    assert await page.locator(".body .row > button, .body select, .line button, .place").evaluate_all(low) == []
    await page.get_by_label("Servers and channels").tap()
    await expect(page.get_by_label("You are")).to_be_visible()
    await page.touchscreen.tap(PHONE["width"] - 20, PHONE["height"] // 2)
    await expect(page.get_by_label("You are")).to_be_hidden()
    await reply.tap()
    await expect(page.get_by_text("Replying to")).to_be_visible()

"""Every view with as much in it as there can be: `make pictures ONLY=limits`. Somebody looks at each picture afterwards."""

from typing import Any, Final

from playwright.async_api import Locator, Page, ViewportSize, expect

from actors.courier.answer_split import CONTENT_CHARS_MAX
from sandbox.discord import DiscordSandbox, Message
from sandbox.discord.permissions import ATTACH_FILES, SEND_MESSAGES
from sandbox.discord.things import Overwrite
from tests.pictures import deeds
from tests.pictures.camera import Camera
from tests.pictures.limits_beside import admin, privacy, queued
from tests.pictures.limits_town import (
    ANSWERS,
    LATE_S,
    QUESTIONS,
    SESSIONS,
    User,
    filled,
    system_msg,
    title_of,
)
from texts.keys import PanelKey
from texts.say import say

MENU: Final = 3
"""Discord: Component Reference, Component Types."""

HIGH: Final = ViewportSize(width=920, height=2600)
"""So that the highest panel is in sight as a whole."""
PHONE_HIGH: Final = ViewportSize(width=380, height=3000)


async def limits(camera: Camera, discord: DiscordSandbox) -> None:
    """Act and take all of them."""
    locale = camera.words.locale
    alice = User(discord.person("Alice"), discord.channel("general"), discord, locale)
    bob = User(discord.person("Bob"), alice.channel, discord, locale)
    for person in (alice, bob):
        person.person.user.locale = camera.words.browser
    page = await camera.open(f"#Alice@{alice.channel.id}", viewport=HIGH)
    await _first_contact(camera, page, alice)
    answer = await _sessions(alice, bob)
    await _user(camera, page, alice)
    await _session(camera, page, alice, bob, answer)
    await _budgets(camera, page, alice, bob)
    await admin(camera, page, alice)
    await privacy(camera, page, alice)
    await queued(camera, page, alice)
    await _what_goes_wrong(camera, page, alice)
    await _entries(camera, page, alice, answer)
    await _elsewhere(camera, alice)


async def _first_contact(camera: Camera, page: Page, alice: User) -> None:
    mention = f"<@{alice.discord.world.bot.id}>"
    asked = await alice.person.say(alice.channel, f"{mention} {QUESTIONS[alice.locale].format(number=0)}")
    await alice.discord.until(lambda: alice.replies(asked), LATE_S)
    await camera.take(page, "hint", alice.on(page, alice.replies(asked)[-1]))
    await _taken(camera, page, alice, "user_first", await alice.command("user"))
    await _taken(camera, page, alice, "session_none", await alice.command("session"))
    shown = await alice.command("help")
    await _taken(camera, page, alice, "help", shown)
    pressed = await alice.press(shown, "button.new")
    await _taken(camera, page, alice, "help_pressed", pressed)


async def _sessions(alice: User, bob: User) -> Message:
    """Begin more sessions than a menu holds, with names of 100 characters; returns the answer of the longest conversation."""
    for number in range(1, SESSIONS + 1):
        await alice.ask(QUESTIONS[alice.locale].format(number=number))
        await alice.command("session", name=title_of(number, alice.locale))
    await alice.command("user", system_msg=system_msg(alice.locale), max_token=128_000, temperature=2.0)
    question = filled(ANSWERS[alice.locale], CONTENT_CHARS_MAX - 1)
    answer = await alice.ask(question)
    await alice.command("session", name=title_of(SESSIONS + 1, alice.locale))
    panel = await alice.command("user")
    await alice.press(panel, "button.activate")
    for _ in range(4):
        answer = await alice.ask(question)
    panel = await bob.command("user")
    await bob.press(panel, "button.new")
    await bob.ask(QUESTIONS[bob.locale].format(number=0))
    await bob.command("session", name=title_of(99, bob.locale))
    return answer


async def _user(camera: Camera, page: Page, alice: User) -> None:
    panel = await alice.command("user")
    await _taken(camera, page, alice, "user", panel)
    await _opened(camera, page, alice, "user_models", panel, 0)
    await _opened(camera, page, alice, "user_sessions", panel, 1)
    menu = _first_menu(panel)
    more = await alice.choose(panel, menu["placeholder"], say("models.next", alice.locale))
    await _opened(camera, page, alice, "user_models_2", more, 0)
    await alice.press(panel, "button.show_public")
    await alice.press(panel, "button.attach")
    await alice.press(panel, "button.voice")
    await alice.press(panel, "button.next")
    await _taken(camera, page, alice, "user_2", panel)
    await _opened(camera, page, alice, "user_sessions_2", panel, 1)
    await _forms(camera, page, alice, panel)
    confirmed = await alice.press(panel, "button.clear")
    await _taken(camera, page, alice, "clear", confirmed)
    panel = await alice.command("user")
    menu = next(one for one in panel.controls() if one.get("placeholder") == say("user.menu", alice.locale))
    given = await alice.read(panel, menu["placeholder"], menu["options"][-1]["value"])
    await _taken(camera, page, alice, "conversation", given)
    long = await alice.read(panel, menu["placeholder"], menu["options"][0]["value"])
    await _taken(camera, page, alice, "conversation_file", long)


async def _forms(camera: Camera, page: Page, alice: User, panel: Message) -> None:
    await alice.on(page, panel).get_by_role("button", name=say("button.edit", alice.locale)).click()
    form = page.locator("dialog")
    await form.wait_for()
    await camera.take_as_it_is(page, "user_form", form)
    await form.locator("[name=max_token]").fill("999999")
    await form.locator("button.primary").click()
    refused = page.locator("article.ephemeral", has_text=say("max_token_wrong", alice.locale))
    await camera.take(page, "form_refused", refused)


async def _session(camera: Camera, page: Page, alice: User, bob: User, answer: Message) -> None:
    panel = await alice.command("session", system_msg=system_msg(alice.locale))
    await _taken(camera, page, alice, "session", panel)
    await alice.on(page, panel).get_by_role("button", name=say("button.edit", alice.locale)).click()
    form = page.locator("dialog")
    await form.wait_for()
    await camera.take_as_it_is(page, "session_form", form)
    await page.keyboard.press("Escape")
    for model, name in (
        ("a-model-that-reasons", "session_effort"),
        ("gpt-image-2.6-sunburst", "session_drawing"),
        ("sandbox-embedder", "session_embedding"),
    ):
        panel = await _with_model(alice, panel, model)
        await _taken(camera, page, alice, name, panel)
        if name == "session_effort":
            await _opened(camera, page, alice, "session_effort_menu", panel, 1)
    exported = await alice.press(panel, "button.export")
    await _taken(camera, page, alice, "exported", exported)
    panel = await alice.command("session")
    removing = await alice.press(panel, "button.remove")
    await _taken(camera, page, alice, "remove", removing)
    await _private(camera, page, alice)
    shown = await alice.entry(answer, "command.show_session")
    await _taken(camera, page, alice, "show_session_own", shown)
    theirs = await camera.open(f"#Bob@{bob.channel.id}", viewport=HIGH)
    shown = await bob.entry(answer, "command.show_session")
    await _taken(camera, theirs, bob, "show_session_others", shown)
    await theirs.close()


async def _private(camera: Camera, page: Page, alice: User) -> None:
    staff = User(alice.person, alice.discord.channel("staff"), alice.discord, alice.locale)
    panel = await staff.command("user")
    await staff.press(panel, "button.new")
    await staff.ask(QUESTIONS[alice.locale].format(number=100))
    panel = await alice.command("session", name=title_of(100, alice.locale))
    await _taken(camera, page, alice, "session_private", panel)
    asked = await alice.press(panel, "button.private")
    await _taken(camera, page, alice, "make_public", asked)
    panel = await alice.command("user")
    await alice.press(panel, "button.attach")
    await alice.press(panel, "button.voice")
    await alice.press(panel, "button.new")
    direct = User(alice.person, alice.person.direct_messages, alice.discord, alice.locale)
    await direct.ask(QUESTIONS[alice.locale].format(number=101))
    await _taken(camera, page, alice, "session_direct", await alice.command("session"))


async def _budgets(camera: Camera, page: Page, alice: User, bob: User) -> None:
    await _taken(camera, page, alice, "budget", await alice.command("budget"))
    raised = await alice.command("budget", person=bob.person.name, dollars=5.0)
    await _taken(camera, page, alice, "budget_raised", raised)


async def _what_goes_wrong(camera: Camera, page: Page, alice: User) -> None:
    """A channel in which the bot may not write, and one that is gone before its answer is shown."""
    discord = alice.discord
    managed = next(role for role in discord.world.guild.roles.values() if role.managed)
    for name, denied in (("quiet", SEND_MESSAGES), ("bare", ATTACH_FILES)):
        channel = discord.add_channel(name)
        channel.overwrites = [Overwrite(managed.id, 0, deny=denied)]
        there = User(alice.person, channel, discord, alice.locale)
        theirs = await camera.open(f"#Alice@{channel.id}", viewport=HIGH)
        await _taken(camera, theirs, there, f"lacks_{name}", await there.command("user"))
        await theirs.close()
    gone = discord.add_channel("gone")
    await alice.person.say(gone, camera.words.sky)
    await discord.until(lambda: discord.messages(gone)[1:], LATE_S)
    discord.delete_channel(gone)
    panel = await alice.command("user")
    while say("button.undelivered", alice.locale, count=1) not in {one.get("label") for one in panel.controls()}:
        await page.wait_for_timeout(500)
        panel = await alice.command("user")
    await _taken(camera, page, alice, "undelivered", panel)
    note = await alice.press(panel, "button.undelivered", count=1)
    await _taken(camera, page, alice, "undelivered_note", note)


async def _entries(camera: Camera, page: Page, alice: User, answer: Message) -> None:
    """The Apps menu, the commands, and what autocomplete offers."""
    await deeds.dismiss(page, camera.words)
    await page.set_viewport_size(ViewportSize(width=920, height=800))
    where = alice.on(page, answer)
    await where.scroll_into_view_if_needed()
    await where.locator(".head").click(button="right")
    await expect(page.locator(".menu")).to_be_visible()
    await camera.take_as_it_is(page, "apps_menu")
    await page.keyboard.press("Escape")
    line = page.locator(".message-text")
    await line.fill("/")
    await camera.take_as_it_is(page, "commands")
    for name in ("user", "session", "budget"):
        await line.fill(f"/{name}")
        await line.press("Enter")
        await page.locator("form.command").wait_for()
        if name == "session":
            await page.locator("form.command [role=combobox]").focus()
            await expect(page.locator("form.command .offers li").nth(3)).to_be_visible()
        await camera.take_as_it_is(page, f"command_{name}")
        await page.keyboard.press("Escape")
        await page.keyboard.press("Escape")
        if await page.locator("form.command").count():
            await page.locator("form.command").get_by_role("button").first.click()


async def _elsewhere(camera: Camera, alice: User) -> None:
    """Both panels in the light theme, and at a phone's width."""
    for place, name in ((HIGH, "light"), (PHONE_HIGH, "phone")):
        page = await camera.open(
            f"#Alice@{alice.channel.id}", viewport=place, dark=name == "phone", touch=name == "phone"
        )
        for command in ("user", "session", "help", "causerie", "privacy"):
            panel = await alice.command(command)
            await _taken(camera, page, alice, f"{command}_{name}", panel)
        await page.close()


async def _taken(camera: Camera, page: Page, user: User, name: str, message: Message) -> None:
    await camera.take(page, name, user.on(page, message))


async def _opened(camera: Camera, page: Page, user: User, name: str, message: Message, place: int) -> None:
    """Take one of a panel's menus with all its options in sight. A browser draws an open menu outside of the page, so it is a list here."""
    menu = user.on(page, message).locator("select").nth(place)
    await _as_list(menu, shown=True)
    await camera.take(page, name, menu)
    await _as_list(menu, shown=False)


async def _as_list(menu: Locator, *, shown: bool) -> None:
    await menu.evaluate(
        """(it, shown) => { it.size = shown ? it.options.length : 0;
        it.style.cssText = shown ? "position: fixed; inset: 8px auto auto 8px; max-width: none; width: max-content; font-size: 12px; z-index: 9" : ""; }""",
        shown,
    )


async def _with_model(user: User, panel: Message, model: str) -> Message:
    """Choose a model, on whichever page of the menu it stands."""
    leads: PanelKey
    for leads in ("models.next", "models.previous"):
        menu = _first_menu(panel)
        if model in {option["value"] for option in menu["options"]}:
            break
        label = say(leads, user.locale)
        if label in {option["label"] for option in menu["options"]}:
            panel = await user.choose(panel, menu["placeholder"], label)
    return await user.choose(panel, _first_menu(panel)["placeholder"], model)


def _first_menu(panel: Message) -> dict[str, Any]:
    return next(one for one in panel.controls() if one["type"] == MENU)

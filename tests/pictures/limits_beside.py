"""Views beside those of one's own sessions: `/causerie`, `/privacy`, and a question that waits behind others."""

from typing import Final

from playwright.async_api import Page, ViewportSize

from tests.pictures.camera import Camera
from tests.pictures.limits_town import LATE_S, QUESTIONS, User
from texts.keys import PanelKey

HIGH: Final = ViewportSize(width=920, height=2600)

TABS: Final[tuple[PanelKey, ...]] = (
    "button.admin_now",
    "button.admin_paused",
    "button.admin_models",
    "button.admin_budgets",
    "button.admin_access",
)


async def admin(camera: Camera, page: Page, alice: User) -> None:
    """Every tab of `/causerie`, for her who runs the bot, and what somebody else reads."""
    panel = await alice.command("causerie")
    for tab in TABS:
        panel = await alice.press(panel, tab)
        await camera.take(page, f"causerie_{tab.rpartition('_')[2]}", alice.on(page, panel))
    # In a server Discord does not offer it to somebody else.
    person = alice.discord.person("Bob")
    bob = User(person, person.direct_messages, alice.discord, alice.locale)
    theirs = await camera.open(f"#Bob@{bob.channel.id}", viewport=HIGH)
    await camera.take(theirs, "causerie_others", bob.on(theirs, await bob.command("causerie")))
    await theirs.close()


async def privacy(camera: Camera, page: Page, alice: User) -> None:
    """What is stored, and what is asked before it is erased."""
    panel = await alice.command("privacy")
    await camera.take(page, "privacy", alice.on(page, panel))
    await camera.take(page, "privacy_confirmed", alice.on(page, await alice.press(panel, "button.forget")))


async def queued(camera: Camera, page: Page, alice: User) -> None:
    """A question behind another one of its session: its reply says so, with *Stop*."""
    panel = await alice.command("user")
    await alice.press(panel, "button.activate")
    for _ in range(2):
        await alice.person.say(alice.channel, camera.words.sky)
    behind = await alice.person.say(alice.channel, QUESTIONS[alice.locale].format(number=102))
    await alice.discord.until(lambda: alice.replies(behind), LATE_S)
    await camera.take(page, "queued", alice.on(page, alice.replies(behind)[-1]))
    await alice.discord.until(lambda: "👌" in behind.reactions, LATE_S)

"""Sheets of every sentence that the bot says beside an answer or in its place, with its buttons, and of every refusal of a panel.

The bot's own views draw them; they stand in a channel one after the other, each below its key.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final, get_args

from msgspec.structs import replace
from playwright.async_api import ViewportSize

from actors.courier.answer_view import draft, outcome
from messages.answer import Answer
from messages.components import Button, Link
from messages.enclosure import LeftOut, Problem
from messages.flags import Flags
from messages.ids import ChannelId, MessageId, SessionId, TurnId, UserId
from messages.turn import OutcomePending, Place, Reason
from sandbox.discord import DiscordSandbox, Message, posting
from sandbox.discord.mentions import resolve
from tests.pictures.camera import Camera
from texts.english import ANSWERS, PANELS
from texts.say import Locale, say

SHEET: Final = 18
"""Messages of one picture."""
HIGH: Final = ViewportSize(width=920, height=2600)
ALICE: Final = UserId(4)
WHEN_S: Final = 1_800_000_000.0
NAMES: Final = (
    "holiday in the mountains, all of us together, uncut.heic",
    "季度报告（最终版，真的最终版）.pdf",
    "a.bin",
    "b.bin",
)
STYLES: Final = {"primary": 1, "secondary": 2, "success": 3, "danger": 4}

_Shown = tuple[str, str, tuple[Button | Link, ...]]
"""A key, what is said, and the buttons below it."""


async def notices(camera: Camera, discord: DiscordSandbox) -> None:
    """Show and take all of them."""
    every = iter([*_outcomes(camera.words.locale), *_beside(camera.words.locale), *_refusals(camera.words.locale)])
    sheet = 0
    while shown := list(islice(every, SHEET)):
        sheet += 1
        channel = discord.add_channel(f"sheet-{sheet}")
        for key, text, buttons in shown:
            message = Message(discord.world.ids.next(), channel, discord.world.bot, f"-# {key}\n{text}")
            message.components = [{"type": 1, "components": [_drawn(it) for it in buttons]}] if buttons else []
            posting.post(discord.world, message, resolve(discord.world, channel, discord.world.bot, "", None))
        page = await camera.open(f"#Alice@{channel.id}", viewport=HIGH)
        await camera.take(page, f"notices_{sheet}", page.locator("article").first, page.locator("article").last)
        await page.close()


def _drawn(button: Button | Link) -> dict[str, object]:
    if isinstance(button, Link):
        return {"type": 2, "style": 5, "label": button.label, "url": button.url}
    return {"type": 2, "style": STYLES[button.style], "label": button.label, "custom_id": button.custom_id}


def _ended(reason: Reason, text: str = "") -> OutcomePending:
    return OutcomePending(
        turn=TurnId(1),
        session=SessionId(1),
        asker=ALICE,
        place=Place(channel_id=ChannelId(1), reply_to=MessageId(2), question_id=MessageId(2)),
        ending="failed",
        reason=reason,
        answer=Answer(text=text),
        parts=(),
        attempted=True,
        search=False,
    )


def _outcomes(locale: Locale) -> Iterator[_Shown]:
    """Yield every way in which a turn ends: without a text, with one where that differs, and until when it must wait."""
    for reason in get_args(Reason):
        for text in ("", "…"):
            ended = _ended(reason, text)
            for part in outcome(ended, [text] if text else [], locale):
                if not text or reason in ("token_limit", "content_filter", "too_long", "stopped", "stream_broke"):
                    yield reason, part.text, part.buttons
        if reason.startswith(("budget", "rate_limited")):
            for part in outcome(replace(_ended(reason), again_at_s=WHEN_S), [], locale):
                yield f"{reason}, until", part.text, part.buttons
    gone = replace(_ended("model_unknown"), other_model="a model with a long label " * 4, has_reasoning=True)
    for part in outcome(gone, [], locale):
        yield "model_unknown, with the default model", part.text, part.buttons


def _beside(locale: Locale) -> Iterator[_Shown]:
    """Yield what stands beside an answer."""
    for doing in ("reading", "waiting", "thinking", "drawing"):
        for part in draft(TurnId(1), [], locale, doing=doing):
            yield doing, part.text, part.buttons
    for part in draft(TurnId(1), ["…"], locale, awaits_judgement=True, starts_again=True):
        yield "awaits_judgement, starting_again", part.text, part.buttons
    answered = _ended("complete", "…")
    flags = Flags(question=("harassment", "self-harm/instructions"), answer=("violence/graphic",))
    for problem in get_args(Problem):
        if problem:
            left_out = tuple(LeftOut(name, problem, pages=200, pages_read=98) for name in NAMES)
            for part in outcome(replace(answered, left_out=left_out), ["…"], locale):
                yield f"problem.{problem}", part.text, part.buttons
    for part in outcome(replace(answered, note_public=True, flags=flags, has_reasoning=True), ["…"], locale):
        yield "flags, note_public, reasoning", part.text, part.buttons
    for key in ANSWERS:
        if key.startswith("admin."):
            yield key, say(key, locale), ()


def _refusals(locale: Locale) -> Iterator[_Shown]:
    """Yield every sentence of a panel that is said alone: values that it names stand in it by their names."""
    for key, english in PANELS.items():
        if english.endswith((".", ":")) and not key.startswith(("hint", "session.", "-#")):
            names = set(re.findall(r"\{(\w+)\}", english))
            yield key, say(key, locale, **{name: f"[{name}]" for name in names}), ()

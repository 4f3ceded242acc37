"""What the views at their limits are full of: more models and sessions than a menu holds, and the longest texts that are taken."""

from dataclasses import dataclass
from typing import Final

from playwright.async_api import Locator, Page

from actors.panel.input import NAME_CHARS_MAX, SYSTEM_MSG_CHARS_MAX
from sandbox.discord import Channel, DiscordSandbox, Message, Person
from texts.keys import Key
from texts.say import DEFAULT_LOCALE, Locale, say

SESSIONS: Final = 27
"""Two pages of them."""
MODELS: Final = 30
LATE_S: Final = 60.0

NAME_OF_ALL: Final = "a-model-whose-server-gave-it-a-name-that-is-as-long-as-a-menu-can-hold-2026-11-27-instruct-q4-k-m"


def _models() -> str:
    """Return the TOML of more models than a menu holds: each differs from the others at its end."""
    return "".join(
        f'\n[[models]]\nname = "{NAME_OF_ALL[:97]}-{number:02}"\nprice_in = 1.25\nprice_out = 10.0\ncontext_tokens = 32000\n'
        for number in range(MODELS)
    )


CONFIG: Final = f"""
[[models]]
name = "gpt-image-2.6-sunburst"
kind = "image"
label = "GPT Image 2.6 Sunburst"
description = "Draws and edits pictures, the most carefully"
sizes = ["auto", "1024x1024", "1536x1024", "1024x1536"]
qualities = ["auto", "low", "medium", "high"]
shutdown_date = 2027-01-06

[[models]]
name = "a-model-that-reasons"
label = "Reasoner"
efforts = ["default", "none", "minimal", "low", "medium", "high", "xhigh", "max"]
temperature = false
price_in = 1.25
price_out = 10.0
{_models()}
[[budgets]]
scope = "user"
period = "day"
dollars = 12.34
tokens = 1_000_000

[[budgets]]
scope = "user"
period = "month"
dollars = 1_000

[limits]
questions_per_minute = 1000
file_mb = 20

[help]
url = "https://example.org/guide"
"""

TITLES: Final = {
    "en": "Plans for the long weekend in the mountains with everybody from the choir, and who brings which soup and what else",
    "zh-CN": "国庆假期和合唱团的朋友们一起进山露营的计划，谁带帐篷，谁带锅，谁负责买菜，谁来开车，下雨了怎么办，要不要提前订农家院，孩子们带什么书，晚上唱哪几首歌，回来那天走哪条路不堵车，还有别的要提前想好的事情",
}
SYSTEM_MSGS: Final = {
    "en": "You are a patient teacher. Answer in short sentences, give an example for each rule, and ask a question at the end.\n",
    "zh-CN": "你是一位耐心的老师。回答要用短句，每条规则举一个例子，最后问一个问题。\n",
}
QUESTIONS: Final = {
    "en": "What do we need for a weekend in the mountains, number {number}?",
    "zh-CN": "周末进山要准备什么，第 {number} 回？",
}
ANSWERS: Final = {
    "en": "Warm clothes, a map on paper, a lamp with a second battery, and soup. Tell somebody where you go and when you are back. ",
    "zh-CN": "带上厚衣服、纸质地图、有备用电池的头灯，还有汤。出发前告诉家里人去哪儿、什么时候回来。",
}


def filled(text: str, chars: int) -> str:
    """Return a text again and again until it has so many characters."""
    return (text * (chars // len(text) + 1))[:chars]


def title_of(number: int, locale: Locale) -> str:
    """Return a name of 100 characters; that of the third session is the second one's, too."""
    number = 2 if number == 3 else number
    return filled(f"{number}. {TITLES[locale]}", NAME_CHARS_MAX)


def system_msg(locale: Locale) -> str:
    """Return a system message of 4,000 characters."""
    return filled(SYSTEM_MSGS[locale], SYSTEM_MSG_CHARS_MAX - 1) + "."


@dataclass
class User:
    """Somebody who uses the bot behind the page, as quickly as the bot answers, and where it is seen on the page."""

    person: Person
    channel: Channel
    discord: DiscordSandbox
    locale: Locale

    async def command(self, name: str, /, **options: object) -> Message:
        """Use a slash command; returns what it gave."""
        return _seen(await (await self.person.command(self.channel, name, **options)).answered(LATE_S))

    async def entry(self, message: Message, key: Key) -> Message:
        """Use an entry of the Apps menu, by the key of its name; returns what it gave."""
        return _seen(await (await self.person.message_command(message, say(key, DEFAULT_LOCALE))).answered(LATE_S))

    async def press(self, message: Message, key: Key, **values: object) -> Message:
        """Press a button, by the key of its label; returns the panel that it changed, or what it gave."""
        return _seen(await (await self.person.press(message, say(key, self.locale, **values))).answered(LATE_S))

    async def choose(self, message: Message, menu: str, value: str) -> Message:
        """Choose from a menu, by its placeholder; returns as `press` does."""
        return _seen(await (await self.person.choose(message, menu, value)).answered(LATE_S))

    async def read(self, panel: Message, menu: str, value: str) -> Message:
        """Choose a session in the panel of /user; returns the message with its conversation."""
        begun = await self.person.choose(panel, menu, value)
        await self.discord.until(lambda: begun.followups, LATE_S)
        return begun.followups[-1]

    async def ask(self, question: str, *, channel: Channel | None = None) -> Message:
        """Ask, and wait until the answer is shown as done; returns the answer's last message."""
        asked = await self.person.say(channel or self.channel, question)
        await self.discord.until(lambda: "👌" in asked.reactions, LATE_S)
        return self.replies(asked)[-1]

    def replies(self, asked: Message) -> list[Message]:
        """Return what was answered to a message so far."""
        return [one for one in self.discord.messages(asked.channel) if one.reference_id == asked.id]

    def on(self, page: Page, message: Message) -> Locator:
        """Return a message where the page shows it."""
        return page.locator(f"#m0-{message.id}")


def _seen(message: Message | None) -> Message:
    assert message is not None, "that gave nothing to look at"
    return message

"""How the page draws what people write: as Discord does, as text and never as markup, and at once."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from sandbox.discord import Channel, DiscordSandbox
from sandbox.web import Web
from tests.sandbox.browser import TIMEOUT_MS, needs_browser, window

pytestmark = needs_browser

DRAWN = {
    "**bold** *it* _it_ __u__ ~~s~~ `a*b*`": (
        "<strong>bold</strong> <em>it</em> <em>it</em> <u>u</u> <s>s</s> <code>a*b*</code>"
    ),
    "***both*** **a *b* c**": "<em><strong>both</strong></em> <strong>a <em>b</em> c</strong>",
    r"\*not\* snake_case_word ** a": "*not* snake_case_word ** a",
    "``a ` b``": "<code>a ` b</code>",
    "an open **bold and `code": "an open **bold and `code",
}
BLOCKS = {
    "# One\n## Two\n### Three\n#none": ["heading One", "heading Two", "heading Three", "#none"],
    "-# small\ntext\n\nmore": ["subtext small", "text", "more"],
    "- a\n- b\n1. c\n7. d\ntext": ["ul ab", "ol cd", "text"],
    "- a\n- b\n-# small\n# One": ["ul ab", "subtext small", "heading One"],
    "> a\n> # b\nc": ["blockquote ab", "c"],
    "a\n>>> b\n- c": ["a", "blockquote bc"],
    "a\n```py\nx = 1\n# y\n```\nb": ["a", "code x = 1\n# yCopy", "b"],
    "```one line```": ["code one lineCopy"],
    "```not closed\n# a": ["```not closed", "heading a"],
}
HOSTILE = [
    "<img src=x onerror=alert(1)><script>alert(1)</script><iframe src=//example.org></iframe>",
    "[a](javascript:alert(1)) [b](data:text/html,x) <javascript:alert(1)> [c](//example.org)",
    "`<b>` ```html\n<img src=https://example.org/x.png>\n``` # <svg onload=alert(1)>",
    "# a\u2028b\n-# c\u2028d\n- e\u2028f\n> g\u2028h",
    "[https://good.example](https://evil.example/x) ![img](https://example.org/x.png) https://example.org/<b>",
    "<t:999999999999:F> <t:-1:R> <@1> <#2> </user:3> <t:1:x>",
]
SLOW = [
    "*" * 2000,
    "**a" * 600,
    "[" * 2000,
    "`" * 1999 + "a",
    "_a" * 900,
    "> " * 900,
    "<t:" * 600,
    "~~a" * 600,
    "- " * 900,
]


@pytest.fixture
async def discord() -> AsyncIterator[DiscordSandbox]:
    async with DiscordSandbox() as discord:
        yield discord


@pytest.fixture
async def page(discord: DiscordSandbox, chromium: Browser) -> AsyncIterator[Page]:
    async with Web(discord) as web, window(chromium, web.url) as opened:
        yield await opened.open()


@pytest.fixture
def general(discord: DiscordSandbox) -> Channel:
    return discord.channel("general")


async def drawn(page: Page, discord: DiscordSandbox, text: str, script: str) -> object:
    """Say a text, and evaluate a function of the element in which it is drawn."""
    said = await discord.person("Alice").say(discord.channel("general"), text)
    return await page.locator(f"#m0-{said.id} .markdown").evaluate(script)


async def test_text_is_drawn_as_discord_draws_it(page: Page, discord: DiscordSandbox) -> None:
    """Discord, "Markdown Text 101" (support page): spans within a line, and what begins a line."""
    for text, markup in DRAWN.items():
        assert await drawn(page, discord, text, "(it) => it.innerHTML") == markup
    for text, parts in BLOCKS.items():
        script = "(it) => [...it.childNodes].filter((node) => node.nodeName !== 'BR' && node.textContent.trim()).map((node) => `${node.className?.split(' ')[0] || node.localName || ''} ${node.textContent.trim()}`.trim())"
        assert await drawn(page, discord, text, script) == parts, text


async def test_spoilers_are_hidden_until_they_are_opened(page: Page, discord: DiscordSandbox) -> None:
    """By mouse or keyboard; what is hidden cannot be read by a screen reader either."""
    await discord.person("Alice").say(discord.channel("general"), "It was ||the butler||.")
    spoiler = page.locator(".spoiler")
    assert await spoiler.locator("span").evaluate("(it) => getComputedStyle(it).visibility") == "hidden"
    await spoiler.focus()
    await page.keyboard.press("Enter")
    await page.locator(".spoiler.open").wait_for()
    assert await page.locator(".spoiler.open").inner_text() == "the butler"


async def test_code_is_coloured_by_its_language(page: Page, discord: DiscordSandbox) -> None:
    """A language that nobody knows is drawn without colours."""
    await discord.person("Alice").say(discord.channel("general"), "```py\nx = 'a' # b\n```")
    await discord.person("Alice").say(discord.channel("general"), "```klingon\nx\n```")
    assert await page.locator(".hljs-comment").inner_text() == "# b"
    assert await page.locator("pre").nth(1).inner_html() == "<code>x</code>"


async def test_hostile_text_becomes_text(page: Page, discord: DiscordSandbox, general: Channel) -> None:
    """No element that loads or runs anything, no link but to the web, and each link's target can be read."""
    for text in HOSTILE:
        await discord.person("Alice").say(general, text)
    await expect(page.locator("article")).to_have_count(len(HOSTILE), timeout=TIMEOUT_MS)
    assert await page.locator("main :is(img, script, iframe, svg, object, embed, link, b)").count() == 0
    links = await page.locator("article .markdown a").evaluate_all(
        "(all) => all.map((it) => [it.protocol, it.textContent, it.href, it.parentElement.innerText])"
    )
    assert {protocol for protocol, *_ in links} == {"https:"}
    assert all(href.split("//")[1].split("/")[0] in around for _, _, href, around in links)
    shown = await page.locator("main").inner_text()
    assert "<script>alert(1)</script>" in shown
    assert "[a](javascript:alert(1))" in shown


async def test_no_text_holds_the_page_up(page: Page, discord: DiscordSandbox, general: Channel) -> None:
    """Two thousand characters that look like the beginning of something are drawn, and the page goes on."""
    for text in SLOW:
        await discord.person("Alice").say(general, text[:2000])
    await expect(page.locator("article")).to_have_count(len(SLOW), timeout=TIMEOUT_MS)


async def test_times_and_names_are_readable(page: Page, discord: DiscordSandbox, general: Channel) -> None:
    """A moment in the reader's own words, with the whole date behind it; people and channels by name."""
    alice = discord.person("Alice")
    await alice.say(general, f"<t:1700000000:f> {alice.mention} <#{general.id}> <@111111111111111111>")
    moment = page.locator("article .markdown time")
    assert await moment.get_attribute("datetime") == "2023-11-14T22:13:20.000Z"
    shown = await page.locator("article .markdown").inner_text()
    assert "2023" in shown
    assert shown.endswith("@Alice #general @somebody")

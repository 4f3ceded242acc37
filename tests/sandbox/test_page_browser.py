"""The page in a real browser: what it draws, what keyboard and mouse do with it, that it can be read everywhere."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import hikari
import pytest

from sandbox.discord import Channel
from sandbox.web import Web
from tests.sandbox.browser import Page, browser
from tests.sandbox.clerk import Clerk, employed

DRAWN = {
    "**bold** *it* _it_ __u__ ~~s~~ `a*b*`": (
        "<strong>bold</strong> <em>it</em> <em>it</em> <u>u</u> <s>s</s> <code>a*b*</code>"
    ),
    "***both*** **a *b* c**": "<strong><em>both</em></strong> <strong>a <em>b</em> c</strong>",
    r"\*not\* snake_case_word ** a": "*not* snake_case_word ** a",
    "``a ` b``": "<code>a ` b</code>",
    "an open **bold and `code": "an open **bold and `code",
}
BLOCKS = {
    "# One\n## Two\n### Three\n#none": ["h3 One", "h4 Two", "h5 Three", "div #none"],
    "-# small\ntext\n\nmore": ["small small", "div text\n\nmore"],
    "- a\n- b\n1. c\n7. d\ntext": ["ul ab", "ol cd", "div text"],
    "> a\n> # b\nc": ["blockquote ab", "div c"],
    "a\n>>> b\n- c": ["div a", "blockquote bc"],
    "a\n```py\nx = 1\n# y\n```\nb": ["div a", "pre x = 1\n# y", "div b"],
    "```one line```": ["pre one line"],
    "```not closed\n# a": ["div ```not closed", "h3 a"],
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

CHOOSE = (
    "((it) => { it.value = 'blue'; it.dispatchEvent(new Event('change')); })(document.querySelector('article select'))"
)
CONTRAST = """(() => {
  const light = (text) => {
    const [r, g, b] = text.match(/[\\d.]+/g).map(Number)
      .map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const clear = (colour) => colour === "rgba(0, 0, 0, 0)";
  const ground = (it) => {
    while (it && clear(getComputedStyle(it).backgroundColor)) it = it.parentElement;
    return it ? getComputedStyle(it).backgroundColor : "rgb(255, 255, 255)";
  };
  const found = {};
  for (const it of document.querySelectorAll("strong, .lines, .small, .foot, .head time, .target, .subtext, a, code, nav button, .group, .row button:enabled, select")) {
    if (!it.checkVisibility()) continue;
    const [one, two] = [getComputedStyle(it).color, ground(it)].map(light);
    const ratio = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
    if (ratio < 4.5) found[`${it.tagName}.${it.className} ${it.textContent.slice(0, 20)}`] = ratio;
  }
  return found;
})()"""
"""What is fainter than WCAG 2.2's 4.5 : 1 (1.4.3, Contrast, Minimum)."""


@pytest.fixture
async def clerk() -> AsyncIterator[Clerk]:
    async with employed() as clerk:
        yield clerk


@pytest.fixture
async def page(clerk: Clerk, tmp_path: Path) -> AsyncIterator[Page]:
    async with Web(clerk.discord) as web, browser(web.url, tmp_path) as page:
        await page.until("state.seen")
        yield page
        assert page.errors == []
        assert [address for address in page.asked if not address.startswith((web.url, "data:,"))] == []


@pytest.fixture
def general(clerk: Clerk) -> Channel:
    return clerk.discord.channel("general")


async def test_text_is_drawn_as_discord_draws_it(page: Page) -> None:
    """Discord, "Markdown Text 101" (support page): spans within a line, and what begins a line."""
    for text, html in DRAWN.items():
        drawn = f"make('div', {{}}, markdown({json.dumps(text)}, {{}})).firstChild.innerHTML"
        assert await page.run(drawn) == html
    for text, parts in BLOCKS.items():
        drawn = f"[...markdown({json.dumps(text)}, {{}}).children].map((it) => `${{it.localName}} ${{it.textContent}}`)"
        assert await page.run(drawn) == parts


async def test_hostile_text_becomes_text(page: Page, clerk: Clerk, general: Channel) -> None:
    """No element that loads or runs anything, no link but to the web, and each link's target can be read."""
    for text in HOSTILE:
        await clerk.discord.person("Alice").say(general, text)
    await page.until(f"document.querySelectorAll('article').length === {len(HOSTILE)}")
    assert (
        await page.run("document.querySelectorAll('main :is(img, script, iframe, svg, object, embed, link, b)').length")
        == 0
    )
    links = await page.run(
        "[...document.querySelectorAll('article a')].map((it) => [it.protocol, it.textContent, it.href])"
    )
    assert {protocol for protocol, _, _ in links} == {"https:"}
    assert all(href.split("//")[1].split("/")[0] in text for _, text, href in links)
    shown = await page.run("document.querySelector('main').innerText")
    assert "<script>alert(1)</script>" in shown
    assert "[a](javascript:alert(1))" in shown


async def test_no_text_holds_the_page_up(page: Page) -> None:
    """Two thousand characters that look like the beginning of something are drawn within a second."""
    for text in SLOW:
        took = f"(() => {{ const from = performance.now(); markdown({json.dumps(text)}, {{}}); return performance.now() - from; }})()"
        assert await page.run(took) < 1000, text[:10]


async def test_times_and_names_are_readable(page: Page, clerk: Clerk, general: Channel) -> None:
    """A moment in the reader's own words, with the whole date behind it; people and channels by name."""
    alice = clerk.discord.person("Alice")
    await alice.say(general, f"<t:1700000000:f> {alice.mention} <#{general.id}> <@1>")
    moment = await page.until("document.querySelector('article .lines time')?.outerHTML")
    assert "2023-11-14T22:13:20.000Z" in moment
    shown = await page.run("document.querySelector('article .lines').innerText")
    assert "2023" in shown
    assert shown.endswith("@Alice #general @somebody")


async def test_command_is_filled_in_and_sent_by_keyboard(page: Page, clerk: Clerk) -> None:
    """Slash, Enter, typing, an offer by arrow key; what is sent is the offer's value. The panel comes with menu and file."""
    await page.click("#text")
    await page.type("/s")
    await page.until("document.querySelectorAll('#commands button').length === 1")
    await page.press("Enter")
    await page.type("ab")
    await page.until("document.querySelector('[role=option]')?.textContent === 'ab!'")
    await page.press("ArrowDown", "Enter")
    assert await page.run("document.activeElement.value") == "ab!"
    await page.press("Enter")
    await page.until("document.querySelector('article.ephemeral select')")
    (used,) = [it for it in clerk.discord.world.interactions.values() if it.kind == 2]
    assert used.data["options"] == [{"name": "session", "type": 3, "value": "ab"}]
    await page.until("document.querySelector('.file a')?.textContent === 'three.md'")
    downloaded = "fetch(document.querySelector('.file a').href).then((it) => it.text())"
    assert await page.run(downloaded) == "# three"
    assert await page.run("document.activeElement.id") == "text"


async def test_menu_opens_a_form_that_is_filled_in(page: Page, clerk: Clerk, general: Channel) -> None:
    """Choosing opens the bot's form over the page; too little is not sent; what was written reaches the bot."""
    panel = await (await clerk.discord.person("Alice").command(general, "session")).answered()
    assert panel is not None
    await page.until("document.querySelector('article select')")
    await page.run(CHOOSE)
    await page.until("document.getElementById('form').open && document.activeElement.name === 'name'")
    # Until the bot redraws its panel, the menu shows what holds.
    await page.until("document.querySelector('article select').value === 'red'")
    await page.press("Enter")
    assert await page.run("document.querySelector('dialog input').matches(':invalid')")
    await page.type("abc")
    await page.press("Enter")
    await page.until("[...document.querySelectorAll('article')].at(-1).innerText.includes('Form: name=abc')")
    assert not await page.run("document.getElementById('form').open")


async def test_form_that_is_closed_is_gone(page: Page, clerk: Clerk, general: Channel) -> None:
    """Escape closes it; the bot hears nothing of that."""
    alice = clerk.discord.person("Alice")
    panel = await (await alice.command(general, "session")).answered()
    assert panel is not None
    await page.until("document.querySelector('article select')")
    await page.run(CHOOSE)
    await page.until("document.getElementById('form').open")
    heard = len(clerk.heard)
    await page.press("Escape")
    await page.until("!document.getElementById('form').open")
    assert len(clerk.heard) == heard


async def test_apps_menu_works_by_keyboard_and_mouse(page: Page, clerk: Clerk, general: Channel) -> None:
    """The menu of a message holds the bot's command; a right click opens it too; Escape closes it."""
    await clerk.discord.person("Bob").say(general, "hello")
    await page.until("document.querySelector('article summary')")
    await page.run("document.querySelector('article summary').focus()")
    await page.press("Enter")
    await page.until("document.querySelector('details.deeds').open")
    await page.press("ArrowDown", "ArrowDown")
    assert await page.run("document.activeElement.textContent") == "Show session"
    await page.press("Enter")
    await page.until("document.querySelector('article.ephemeral')?.innerText.includes('It says hello')")
    await page.run(
        "document.querySelector('article .lines').dispatchEvent(new MouseEvent('contextmenu', {bubbles: true, cancelable: true}))"
    )
    await page.until("document.querySelector('details.deeds').open")
    await page.press("Escape")
    await page.until("!document.querySelector('details.deeds').open")


async def test_redrawn_panel_keeps_the_keyboards_place(page: Page, clerk: Clerk, general: Channel) -> None:
    """Somebody who stands on a control of a message still stands there when the bot has changed the message."""
    used = await clerk.discord.person("Alice").command(general, "session")
    await page.until("document.querySelector('article.ephemeral')?.innerText.includes('Panel, edited')")
    await page.run("document.querySelector('article.ephemeral select').focus()")
    await clerk.bot.rest.edit_webhook_message(clerk.discord.world.application_id, used.token, "@original", "Changed")  # type: ignore[arg-type]
    await page.until("document.querySelector('article.ephemeral').innerText.includes('Changed')")
    assert await page.run("document.activeElement.tagName") == "SELECT"


async def test_disabled_controls_cannot_be_used(page: Page, clerk: Clerk, general: Channel) -> None:
    """They are drawn as what they are."""
    row = clerk.bot.rest.build_message_action_row()
    row.add_interactive_button(hikari.ButtonStyle.PRIMARY, "off", label="Off", is_disabled=True)
    menus = clerk.bot.rest.build_message_action_row()
    menus.add_text_menu("m", placeholder="Closed", is_disabled=True).add_option("A", "a")
    await clerk.bot.rest.create_message(general.id, "a", components=[row, menus])
    await page.until("document.querySelector('article .row button')")
    assert await page.run("[...document.querySelectorAll('article .row > *')].map((it) => it.disabled)") == [True, True]
    await page.click("article .row button", "Off")
    assert clerk.heard == []


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [380, 1200])
async def test_everything_is_readable_on_every_screen(
    page: Page, clerk: Clerk, general: Channel, width: int, dark: bool
) -> None:
    """Nothing sticks out sideways, and no text is fainter than 4.5 : 1, on a phone and a desk, by day and night."""
    await page.look(width=width, dark=dark)
    await clerk.discord.person("Alice").command(general, "session")
    parts = ["w" * 300, "```\n" + "x" * 300 + "\n```", "-# small [a](https://example.org/" + "y" * 200 + ")", "`code`"]
    row = clerk.bot.rest.build_message_action_row()
    row.add_interactive_button(hikari.ButtonStyle.PRIMARY, "b1", label="A button with a long label")
    row.add_interactive_button(hikari.ButtonStyle.SECONDARY, "b2", label="A button with a long label")
    row.add_interactive_button(hikari.ButtonStyle.SUCCESS, "b3", label="A button with a long label")
    row.add_interactive_button(hikari.ButtonStyle.DANGER, "b4", label="A button with a long label")
    await clerk.bot.rest.create_message(general.id, "\n".join(parts), component=row)
    await page.until("document.querySelectorAll('article').length === 3")
    for place in ("document.documentElement", "document.querySelector('main')"):
        assert await page.run(f"{place}.scrollWidth - {place}.clientWidth") <= 0
    assert await page.run(CONTRAST) == {}


PASTE = """(() => {
  const files = new DataTransfer();
  const bytes = Uint8Array.from(atob("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="), (it) => it.charCodeAt(0));
  files.items.add(new File([bytes], "dot.png", { type: "image/png" }));
  files.items.add(new File(["notes"], "notes.txt", { type: "text/plain" }));
  document.getElementById("text").dispatchEvent(new ClipboardEvent("paste", { clipboardData: files, bubbles: true, cancelable: true }));
})()"""
"""Two files out of the clipboard: a picture of one pixel, and a text."""


async def test_files_are_pasted_taken_back_and_sent(page: Page, clerk: Clerk, general: Channel) -> None:
    """They stand above the text until they are sent; the picture is drawn in the message."""
    await page.run(PASTE)
    await page.until("document.querySelectorAll('#chosen .file').length === 2")
    await page.click("#chosen .file:last-child button")
    await page.until("document.querySelectorAll('#chosen .file').length === 1")
    await page.click("#text")
    await page.type("Look!")
    await page.press("Enter")
    await page.until("document.querySelector('article img')?.naturalWidth === 1")
    assert await page.run("document.getElementById('chosen').hidden")
    (message,) = clerk.discord.messages(general)
    assert [file["filename"] for file in message.attachments] == ["dot.png"]
    assert message.content == "Look!"

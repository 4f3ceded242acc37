"""A real browser, driven over its own protocol: what the page looks like to a person, not to a parser."""

import asyncio
import base64
import itertools
import json
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest

CHROMIUM: Final = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ARGUMENTS: Final = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--remote-debugging-port=0",
)

# So often the page itself looks whether it has become what a test waits for.
FRAME_MS: Final = 20
TIMEOUT_S: Final = 20.0


class Page:
    """One tab. Everything is found by what a person can point at: CSS selectors and visible text."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self.loaded = asyncio.Event()
        self.errors: list[str] = []
        """What the browser complained of: exceptions, and what the page's policy forbade."""
        self.asked: list[str] = []
        """The address of everything that was loaded."""

    async def ask(self, method: str, **params: Any) -> Any:
        """One request of the DevTools protocol."""
        number = next(self._numbers)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": params})
        async with asyncio.timeout(TIMEOUT_S):
            return await answer

    async def listen(self) -> None:
        """Receive the browser's events until it is closed."""
        async for frame in self._socket:
            said = json.loads(frame.data)
            waiting = self._answers.pop(said.get("id", 0), None)
            if waiting is not None:
                waiting.set_result(said.get("result", said))
            elif said.get("method") == "Page.loadEventFired":
                self.loaded.set()
            elif said.get("method") == "Runtime.exceptionThrown":
                self.errors.append(str(said["params"]["exceptionDetails"]))
            elif said.get("method") == "Log.entryAdded" and said["params"]["entry"]["level"] == "error":
                self.errors.append(said["params"]["entry"]["text"])
            elif said.get("method") == "Network.requestWillBeSent":
                self.asked.append(said["params"]["request"]["url"])

    async def run(self, script: str) -> Any:
        """Evaluate an expression in the page and return its value."""
        found = await self.ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    async def until(self, script: str) -> Any:
        """Wait until an expression is true, looked at again and again by the page itself; return it."""
        look = f"const found = {script}; found ? done(found) : setTimeout(look, {FRAME_MS});"
        try:
            return await self.run(f"new Promise((done) => {{ const look = () => {{ {look} }}; look(); }})")
        except TimeoutError:
            raise TimeoutError(f"never true: {script}\n{await self.run('document.body.innerText')}") from None

    async def click(self, selector: str, text: str = "") -> None:
        """Press the mouse on what a selector finds, and which shows a text."""
        spot = await self.until(
            f"""(() => {{
                const fits = (it) => it.textContent.includes({json.dumps(text)}) && it.checkVisibility({{ contentVisibilityAuto: true }});
                const found = [...document.querySelectorAll({json.dumps(selector)})].filter(fits)[0];
                if (!found) return null;
                found.scrollIntoView({{ block: "nearest" }});
                const box = found.getBoundingClientRect();
                return [box.x + box.width / 2, box.y + box.height / 2];
            }})()"""
        )
        for kind in ("mousePressed", "mouseReleased"):
            await self.ask("Input.dispatchMouseEvent", type=kind, x=spot[0], y=spot[1], button="left", clickCount=1)

    async def type(self, text: str) -> None:
        """Type into what has the focus."""
        await self.ask("Input.insertText", text=text)

    async def press(self, *keys: str) -> None:
        """Press keys by name: Enter, Tab, Escape, ArrowDown."""
        codes = {"Enter": 13, "Tab": 9, "Escape": 27, "ArrowDown": 40, "ArrowUp": 38}
        for key in keys:
            named: dict[str, Any] = {"key": key, "code": key, "windowsVirtualKeyCode": codes[key]}
            await self.ask("Input.dispatchKeyEvent", type="keyDown", text="\r" if key == "Enter" else "", **named)
            await self.ask("Input.dispatchKeyEvent", type="keyUp", **named)

    async def look(self, *, width: int, height: int = 900, dark: bool = False) -> None:
        """Look at the page on a screen of that size."""
        await self.ask(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        await self.ask("Emulation.setEmulatedMedia", features=[scheme])

    async def picture(self, path: Path) -> None:
        """Keep what is seen as a PNG file."""
        shot = await self.ask("Page.captureScreenshot", format="png")
        path.write_bytes(  # noqa: ASYNC240  # a picture is for a person who waits for nothing else
            base64.b64decode(shot["data"])
        )


@asynccontextmanager
async def browser(url: str, profile: Path) -> AsyncIterator[Page]:
    """A browser with one tab that shows an address; the test is skipped on a machine that has none."""
    if CHROMIUM is None:
        pytest.skip("this machine has no Chromium")
    process = await asyncio.create_subprocess_exec(
        CHROMIUM,
        *ARGUMENTS,
        f"--user-data-dir={profile}",
        "about:blank",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(TIMEOUT_S), aiohttp.ClientSession() as http:
            address = await _address(process)
            async with http.get(f"http://{address}/json/list") as response:
                (tab,) = [it for it in await response.json() if it["type"] == "page"]
        async with (
            aiohttp.ClientSession() as http,
            http.ws_connect(tab["webSocketDebuggerUrl"], max_msg_size=0) as socket,
        ):
            page = Page(socket)
            hearing = asyncio.create_task(page.listen())
            for domain in ("Page", "Runtime", "Log", "Network"):
                await page.ask(f"{domain}.enable")
            await page.look(width=1200)
            await page.ask("Page.navigate", url=url)
            async with asyncio.timeout(TIMEOUT_S):
                await page.loaded.wait()
            yield page
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)
    finally:
        process.terminate()
        await process.wait()


async def _address(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    while True:
        line = (await process.stderr.readline()).decode()
        assert line, "the browser ended"
        found = re.search(r"ws://(127\.0\.0\.1:\d+)/", line)
        if found:
            return found[1]

"""`make pictures`: writes every picture of the READMEs and docs/ again. `python -m tests.pictures NAME...` makes some.

`limits` is made only when it is named: every view in both languages with as much in it as there can be, to be looked at. They are
no pictures of the docs, and go to build/pictures.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from tests.pictures.camera import Camera
from tests.pictures.film import film
from tests.pictures.limits import limits
from tests.pictures.limits_town import CONFIG
from tests.pictures.notices import notices
from tests.pictures.scenes import SCENES
from tests.pictures.stage import stage
from tests.pictures.words import ENGLISH, Words
from tests.pictures.words_zh import CHINESE
from tests.sandbox.browser import CHROMIUM, browser, window

CHECKOUT: Final = Path(__file__).parents[2]
SHOWN: Final = CHECKOUT / "docs" / "pictures"
LOOKED_AT: Final = CHECKOUT / "build" / "pictures"
SETS: Final = ((ENGLISH, "."), (CHINESE, "zh-CN"))


async def _make(scene: Callable[[Camera], Awaitable[None]], words: Words, name: str) -> None:
    folder = SHOWN / name
    folder.mkdir(parents=True, exist_ok=True)
    async with stage(words) as acted, browser() as started, window(started, acted.url) as opened:
        await scene(Camera(opened, words, folder))


async def _make_limits(words: Words) -> None:
    folder = LOOKED_AT / str(words.locale)
    folder.mkdir(parents=True, exist_ok=True)
    for views in (limits, notices):
        async with stage(words, CONFIG) as acted, browser() as started, window(started, acted.url) as opened:
            await views(Camera(opened, words, folder, bytes_max=None), acted.discord)


async def _make_all(names: list[str]) -> None:
    for words, folder in SETS:
        for scene in (*SCENES, film):
            if not names or scene.__name__ in names:
                await _make(scene, words, folder)
                print(f"{scene.__name__}, {words.locale}: done")  # noqa: T201  # for whoever waits
        if "limits" in names:
            await _make_limits(words)
            print(f"limits, {words.locale}: done")  # noqa: T201


def main() -> int:
    """Run; returns 1 where there is no browser."""
    if CHROMIUM is None:
        print("The pictures need Chromium: install the package chromium, or run `make browser`.", file=sys.stderr)  # noqa: T201
        return 1
    asyncio.run(_make_all(sys.argv[1:]))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""`make pictures`: writes every picture of README.md and docs/ again. `python -m tests.pictures NAME...` makes some."""

import asyncio
import sys

from tests.pictures.film import film
from tests.pictures.scenes import FOLDER, SCENES
from tests.pictures.stage import stage
from tests.sandbox.browser import CHROMIUM, window


async def _make(names: list[str]) -> None:
    FOLDER.mkdir(exist_ok=True)
    for scene in (*SCENES, film):
        if names and scene.__name__ not in names:
            continue
        async with stage() as url, window(url) as opened:
            await scene(opened)
        print(f"{scene.__name__}: done")  # noqa: T201  # for whoever waits


def main() -> int:
    """Run; returns 1 where there is no browser."""
    if CHROMIUM is None:
        print("The pictures need Chromium: install the package chromium, or run `make browser`.", file=sys.stderr)  # noqa: T201
        return 1
    asyncio.run(_make(sys.argv[1:]))
    return 0


if __name__ == "__main__":
    sys.exit(main())

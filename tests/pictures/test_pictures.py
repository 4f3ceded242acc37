"""The pictures can be made again: what people do for them still works on the page."""

from pathlib import Path

import pytest

from tests.pictures import scenes
from tests.pictures.camera import Camera
from tests.pictures.stage import stage
from tests.pictures.words import ENGLISH, Words
from tests.pictures.words_zh import CHINESE
from tests.sandbox.browser import browser, needs_browser, window


@needs_browser
@pytest.mark.conversation
@pytest.mark.parametrize("words", [ENGLISH, CHINESE], ids=["English", "Chinese"])
async def test_the_pictures_of_panels_and_kinds_can_be_made(tmp_path: Path, words: Words) -> None:
    """Those two use most of the page; each file is there, and small enough."""
    async with browser() as started:
        for scene in (scenes.panels, scenes.kinds):
            async with stage(words) as acted, window(started, acted.url) as opened:
                await scene(Camera(opened, words, tmp_path))
    made = {path.stem for path in tmp_path.iterdir()}  # noqa: ASYNC240  # a folder of eight files
    assert made == {"user", "session", "help", "code", "drawing", "vector", "judged", "thinking"}

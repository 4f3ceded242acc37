"""A panel as hikari sends it: Discord's components of the second version, in which text, lines, buttons and files are one layout.

A message of such components has no content of its own, and stays such a message (Discord: Component Reference, Message Flags).
hikari sets the flag by itself.
"""

from collections.abc import MutableMapping, Sequence
from typing import Any, Final

import hikari
from hikari.api import ComponentBuilder
from hikari.impl import ContainerComponentBuilder, SeparatorComponentBuilder, TextDisplayComponentBuilder

from discord_api.components import row_of
from messages.components import Line, Panel, Part, Text
from messages.files import File

ACCENT: Final = hikari.Color(0x5865F2)
"""The colour of the edge of a panel that has something to press: Discord's own."""


class Shown(ComponentBuilder):
    """A file of the same message, shown where it stands: pictures as pictures, everything else by its name.

    hikari's builders upload the file themselves; here it is among the message's attachments already, with its description.
    """

    def __init__(self, file: File) -> None:
        """Prepare; the name has nothing in it that Discord would change."""
        self._file = file

    @property
    def type(self) -> hikari.ComponentType:
        """A gallery of one picture, or a file."""
        return hikari.ComponentType.MEDIA_GALLERY if self._is_picture else hikari.ComponentType.FILE

    @property
    def id(self) -> hikari.UndefinedOr[int]:
        """Discord chooses it."""
        return hikari.UNDEFINED

    def build(self) -> tuple[MutableMapping[str, Any], Sequence[hikari.files.Resource[Any]]]:
        """Return its JSON, and no file to upload."""
        there = {"url": f"attachment://{self._file.name}"}
        if not self._is_picture:
            return {"type": self.type, "file": there}, ()
        described = {"description": self._file.description} if self._file.description else {}
        return {"type": self.type, "items": [{"media": there, **described}]}, ()

    @property
    def _is_picture(self) -> bool:
        return self._file.media_type.startswith("image/")


def components_of(panel: Panel) -> list[ComponentBuilder]:
    """Return what a message consists of that shows a panel; what has buttons or menus is framed."""
    parts = [_part(part) for part in panel.parts]
    files = [Shown(file) for file in panel.files]
    if not panel.rows:
        return [*parts, *files]
    frame: Any = ContainerComponentBuilder(accent_color=ACCENT, components=parts)
    return [frame, *files]


def _part(part: Part) -> Any:
    match part:
        case Text(text=text):
            return TextDisplayComponentBuilder(content=text)
        case Line():
            return SeparatorComponentBuilder()
        case row:
            return row_of(row)

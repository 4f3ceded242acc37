"""An answer's files as hikari uploads them: from memory or from disk, with the description that hikari has no parameter for."""

from typing import Any

import hikari

from discord_api.uploads import Upload
from files.folder import Folder
from messages.files import File


class AttachedBytes(hikari.Bytes):
    """A file in memory, with its description."""

    __slots__ = ("description", "upload")
    description: str
    upload: Upload | None

    def stream(self, **options: Any) -> Any:
        """As hikari's, until the upload is given up."""
        opened = super().stream(**options)
        return opened if self.upload is None else self.upload.read(opened)


class AttachedFile(hikari.File):
    """A file on disk, which hikari reads while it sends it, with its description."""

    __slots__ = ("description", "upload")
    description: str
    upload: Upload | None

    def stream(self, **options: Any) -> Any:
        """As hikari's, until the upload is given up."""
        opened = super().stream(**options)
        return opened if self.upload is None else self.upload.read(opened)


Attached = AttachedBytes | AttachedFile


def attached(file: File, folder: Folder, upload: Upload | None = None) -> Attached:
    """Return a file for hikari, of a request that `upload` may give up, where there is one; `folder` is where those on disk lie."""
    made: Attached = (
        AttachedFile(folder.path(file.stored), file.name)
        if file.stored
        else AttachedBytes(file.content, file.name, mimetype=file.media_type or None)
    )
    made.description, made.upload = file.description, upload
    return made


def describe(body: object, files: object) -> None:
    """Put the descriptions of files into the body of a message, which has one entry for each of them (Discord: Create Message)."""
    entries = body.get("attachments") if isinstance(body, dict) else None
    if not isinstance(entries, list) or not isinstance(files, list | tuple):
        return
    for entry, file in zip(entries, files, strict=False):
        description = getattr(file, "description", "")
        if description:
            entry["description"] = description

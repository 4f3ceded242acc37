"""An answer's files as hikari uploads them: from memory or from disk, with the description that hikari has no parameter for."""

import hikari

from files.folder import Folder
from messages.files import File


class AttachedBytes(hikari.Bytes):
    """A file in memory, with its description."""

    __slots__ = ("description",)
    description: str


class AttachedFile(hikari.File):
    """A file on disk, which hikari reads while it sends it, with its description."""

    __slots__ = ("description",)
    description: str


Attached = AttachedBytes | AttachedFile


def attached(file: File, folder: Folder) -> Attached:
    """Return a file for hikari; `folder` is where those on disk lie."""
    made: Attached = (
        AttachedFile(folder.path(file.stored), file.name)
        if file.stored
        else AttachedBytes(file.content, file.name, mimetype=file.media_type or None)
    )
    made.description = file.description
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

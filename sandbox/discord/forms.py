"""Reads the body of a message that is created or edited: checks it as Discord does, and returns the fields of a `Message`."""

from sandbox.discord.component_forms import check_components
from sandbox.discord.layout_forms import check_layout, text_of
from sandbox.discord.mentions import check_allowed
from sandbox.discord.refusals import UNSUPPORTED, FormErrors, refused
from sandbox.discord.requests import Upload
from sandbox.discord.things import COMPONENTS_V2, EPHEMERAL, SUPPRESS_EMBEDS, VOICE_MESSAGE, Json, Message
from sandbox.discord.world import World

FLAGS = SUPPRESS_EMBEDS | EPHEMERAL | VOICE_MESSAGE | COMPONENTS_V2
"""Flags that a create may set."""

UNUSED = {"embeds", "poll", "sticker_ids", "tts"}
"""What Discord's messages can have and no bot here sends."""


def read_form(world: World, body: Json, files: list[Upload], before: Message | None = None) -> Json:
    """Return the fields that a create (`before` is None) or an edit sets; of an edit only those that the body names.

    White space at both ends of the content is removed, as Discord does.

    :raises RefusedError: 50035 with the tree of errors, 50006 when nothing would be left to show.
    """
    errors = FormErrors()
    fields: Json = {}
    flags = body.get("flags") or 0
    kept_flags = 0 if before is None else before.flags
    for key in UNUSED & {name for name, value in body.items() if value}:
        errors.add(key, UNSUPPORTED, "The sandbox does not know this.")
    if flags & ~FLAGS:
        errors.add("flags", UNSUPPORTED, f"The sandbox knows the flags {FLAGS}.")
    is_layout = bool((flags | kept_flags) & COMPONENTS_V2)
    if is_layout:
        _read_layout(body, files, before, fields, errors)
    elif before is None or "content" in body:
        content = body.get("content") or ""
        errors.length("content", content, 0, world.limits.content_chars)
        fields["content"] = content.strip() if isinstance(content, str) else ""
    if not is_layout and (before is None or "components" in body):
        fields["components"] = check_components(body.get("components") or [], errors)
    check_allowed(body.get("allowed_mentions"), errors)
    errors.count("files", len(files), 0, world.limits.files)
    errors.refuse()
    sizes = [len(file.data) for file in files]
    if sum(sizes) > world.limits.request_bytes or any(size > world.limits.file_bytes for size in sizes):
        raise refused(40005)
    if flags & VOICE_MESSAGE:
        _refuse_no_voice(body, files)
    if before is not None and before.flags & VOICE_MESSAGE:
        raise refused(50162)
    if before is None:
        fields["flags"] = flags
    elif "flags" in body:
        # A message that has become a layout stays one.
        fields["flags"] = (kept_flags & ~SUPPRESS_EMBEDS) | (flags & (SUPPRESS_EMBEDS | COMPONENTS_V2))
    if before is None or "attachments" in body or files:
        fields["attachments"] = _attachments(world, body.get("attachments"), files, before)
    _refuse_empty(fields, before)
    return fields


def _read_layout(body: Json, files: list[Upload], before: Message | None, fields: Json, errors: FormErrors) -> None:
    """Read a layout, which has no content beside it; a message that had one must be told to drop it."""
    kept = before is not None and not before.is_layout and before.content and "content" not in body
    if body.get("content") or kept:
        message = "The 'content' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
        errors.add("content", "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", message)
    if before is None or "components" in body:
        told = [str(entry.get("filename") or "") for entry in body.get("attachments") or []]
        names = {*told, *(file.name for file in files)}
        fields["components"] = check_layout(body.get("components") or [], names, errors)
        fields["content"] = text_of(fields["components"])


def _refuse_no_voice(body: Json, files: list[Upload]) -> None:
    """Refuse what is no voice message. "Message", section "Voice Messages"."""
    if body.get("content") or body.get("components"):
        raise refused(50159)
    listed = body.get("attachments") or [{}]
    if len(files) != 1 or len(listed) != 1 or not files[0].kind.startswith("audio/"):
        raise refused(50160)
    if not listed[0].get("waveform") or not listed[0].get("duration_secs"):
        raise refused(50161)


def _refuse_empty(fields: Json, before: Message | None) -> None:
    shown = ("content", "components", "attachments")
    if not any(fields[key] if key in fields else getattr(before, key) for key in shown):
        raise refused(50006)


def _attachments(world: World, listed: list[Json] | None, files: list[Upload], before: Message | None) -> list[Json]:
    """Return the attachments that the body still lists, then the new files. "Message", section "Edit Message"."""
    kept = [] if before is None else before.attachments
    about = {str(entry.get("id")): entry for entry in listed or []}
    if listed is not None:
        kept = [entry for entry in kept if entry["id"] in about]
    fresh = []
    for file in files:
        number = file.key.removeprefix("files[").removesuffix("]")
        told = about.get(number, {})
        entry = world.attachments.keep(told.get("filename") or file.name, file.data, file.kind)
        entry |= {key: told[key] for key in ("description", "waveform", "duration_secs") if told.get(key)}
        fresh.append(entry)
    return [*kept, *fresh]

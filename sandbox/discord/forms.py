"""The body of a message, created or edited: checked as Discord checks it, then as fields of a `Message`."""

from typing import Any

from sandbox.discord.component_forms import check_components
from sandbox.discord.mentions import check_allowed
from sandbox.discord.refusals import FormErrors, refused
from sandbox.discord.requests import Upload
from sandbox.discord.things import COMPONENTS_V2, EPHEMERAL, SUPPRESS_EMBEDS, Json, Message
from sandbox.discord.world import World

# Discord, "Message", section "Embed Limits".
EMBED_TEXTS = {"title": 256, "description": 4096}
FIELDS, FIELD_NAME, FIELD_VALUE, FOOTER, AUTHOR = 25, 256, 1024, 2048, 256

SILENT = 1 << 12


def read_form(world: World, body: Json, files: list[Upload], before: Message | None = None) -> Json:
    """The fields that a create (`before` is None) or an edit sets; an edit's only where the body names them.

    Content loses white space at both ends, as Discord's own answer to a create shows.

    :raises RefusedError: 50035 with the tree of errors, 50006 when nothing would be left to show.
    """
    errors = FormErrors()
    fields: Json = {}
    flags = body.get("flags") or 0
    kept_flags = 0 if before is None else before.flags
    v2 = bool((flags | kept_flags) & COMPONENTS_V2)
    if before is None or "content" in body:
        content = body.get("content") or ""
        errors.length("content", content, 0, world.limits.content_chars)
        fields["content"] = content.strip() if isinstance(content, str) else ""
    if before is None or "embeds" in body:
        embeds = body.get("embeds") or []
        _check_embeds(world, embeds, errors)
        fields["embeds"] = [{"type": "rich", **embed} for embed in embeds]
    if before is None or "components" in body:
        fields["components"] = check_components(body.get("components") or [], errors, v2=v2)
    check_allowed(body.get("allowed_mentions"), errors)
    if v2 and (body.get("content") or body.get("embeds")):
        message = "The 'content' and 'embeds' fields cannot be used when using MessageFlags.IS_COMPONENTS_V2"
        errors.add("flags", "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", message)
    errors.count("files", len(files), 0, world.limits.files)
    errors.refuse()
    sizes = [len(file.data) for file in files]
    if sum(sizes) > world.limits.request_bytes or any(size > world.limits.file_bytes for size in sizes):
        raise refused(40005)
    if before is None:
        fields["flags"] = flags & (SUPPRESS_EMBEDS | SILENT | EPHEMERAL | COMPONENTS_V2)
    elif "flags" in body:
        fields["flags"] = (kept_flags & ~SUPPRESS_EMBEDS) | (flags & (SUPPRESS_EMBEDS | COMPONENTS_V2))
    if before is None or "attachments" in body or files:
        fields["attachments"] = _attachments(world, body.get("attachments"), files, before)
    _refuse_empty(fields, before)
    return fields


def _refuse_empty(fields: Json, before: Message | None) -> None:
    shown = ("content", "embeds", "components", "attachments")
    if not any(fields[key] if key in fields else getattr(before, key) for key in shown):
        raise refused(50006)


def _check_embeds(world: World, embeds: list[Json], errors: FormErrors) -> None:
    errors.count("embeds", len(embeds), 0, world.limits.embeds)
    for place, embed in enumerate(embeds):
        path = f"embeds.{place}"
        for key, most in EMBED_TEXTS.items():
            _check_text(embed, key, f"{path}.{key}", most, errors)
        fields = embed.get("fields") or []
        errors.count(f"{path}.fields", len(fields), 0, FIELDS)
        for number, entry in enumerate(fields):
            errors.length(f"{path}.fields.{number}.name", entry.get("name", ""), 1, FIELD_NAME)
            errors.length(f"{path}.fields.{number}.value", entry.get("value", ""), 1, FIELD_VALUE)
        _check_text(embed.get("footer") or {}, "text", f"{path}.footer.text", FOOTER, errors)
        _check_text(embed.get("author") or {}, "name", f"{path}.author.name", AUTHOR, errors)
    if sum(map(_embed_chars, embeds)) > world.limits.embeds_chars:
        message = f"Embed size exceeds maximum size of {world.limits.embeds_chars}"
        errors.add("embeds", "MAX_EMBED_SIZE_EXCEEDED", message)


def _check_text(part: Json, key: str, path: str, most: int, errors: FormErrors) -> None:
    if part.get(key) is not None:
        errors.length(path, part[key], 0, most)


def _embed_chars(embed: Json) -> int:
    texts: list[Any] = [embed.get("title"), embed.get("description")]
    texts += [(embed.get("footer") or {}).get("text"), (embed.get("author") or {}).get("name")]
    for entry in embed.get("fields") or []:
        texts += [entry.get("name"), entry.get("value")]
    return sum(len(text) for text in texts if isinstance(text, str))


def _attachments(world: World, listed: list[Json] | None, files: list[Upload], before: Message | None) -> list[Json]:
    """Those of the message that are still listed, then the new files. "Message", section "Edit Message"."""
    kept = [] if before is None else before.attachments
    about = {str(entry.get("id")): entry for entry in listed or []}
    if listed is not None:
        kept = [entry for entry in kept if entry["id"] in about]
    fresh = []
    for file in files:
        number = file.key.removeprefix("files[").removesuffix("]")
        told = about.get(number, {})
        entry = keep_file(world, told.get("filename") or file.name, file.data, file.kind)
        if told.get("description"):
            entry["description"] = told["description"]
        fresh.append(entry)
    return [*kept, *fresh]


def keep_file(world: World, name: str, data: bytes, kind: str) -> Json:
    """Store a file where its link finds it, and describe it. "Message", section "Attachment Object"."""
    number = str(world.ids.next())
    safe = "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in name)
    path = f"/attachments/{number}/{safe}"
    world.files[path] = data
    url = f"{world.base_url}{path}"
    return {
        "id": number,
        "filename": safe,
        "size": len(data),
        "url": url,
        "proxy_url": url,
        "content_type": kind,
    }

"""What a message encloses beside its text, as people see it: replies, forwards, files, polls, stickers. Nothing here waits."""

from collections.abc import Iterable, Iterator
from typing import Final

import hikari
from msgspec.structs import replace

from discord_api.message_text import Names, Written, mentioned, name_of, readable
from messages.enclosure import Enclosure, Within
from messages.ids import ChannelId, MessageId, UserId
from texts.escaping import one_line

ENCLOSURES_MAX: Final = 40
"""What one message encloses at most; Discord allows ten files and three stickers, and what it replies to has as many."""

TEXT_CHARS_MAX: Final = 6000
"""The longest text of a message that is replied to or forwarded, with its embeds. A message has at most 4,000 code points."""

OWN_CHARS_MAX: Final = 300
"""What is told of the bot's own message that is replied to: its session has the whole answer."""

NAME_CHARS_MAX: Final = 100
WAVEFORM_CHARS_MAX: Final = 400
"""Discord: Create Message, waveform."""


def enclosures_of(message: hikari.PartialMessage, names: Names, bot_id: int) -> tuple[Enclosure, ...]:
    """Return what a message encloses. Of an event about a changed message, only what the event says."""
    found = [
        *_reply(message, names, bot_id),
        *(enclosed for snapshot in message.message_snapshots or () for enclosed in _forward(snapshot, names)),
        *_poll(message),
        *_stickers(message),
        *_files(message),
    ]
    return tuple(found[:ENCLOSURES_MAX])


def files_of(message: hikari.Message, within: Within, origin: tuple[ChannelId, MessageId]) -> tuple[Enclosure, ...]:
    """Return the files of a message that a question encloses, which stands at `origin`."""
    return tuple(replace(file, origin=origin) for file in _files(message, within))


def whole_text(message: Written, names: Names, *, is_bots: bool = False, names_files: bool = True) -> str:
    """Return everything that people see of a message as one text: its own, its embeds, its poll, and perhaps what its files are called."""
    text = readable(message.content or "", names)
    lines = [text] if text else []
    # Beside a text an embed is mostly the preview of a link; only bots write their own.
    if is_bots or not text:
        lines += [line for embed in message.embeds or () for line in _embed(embed)]
    lines += [readable(shown, names) for shown in _displayed(message.components or ())]
    if not isinstance(message, hikari.messages.MessageSnapshot):
        forwards = [_forward(snapshot, names) for snapshot in message.message_snapshots or ()]
        lines += [f"[forwarded: {one.text or one.name}]" for forward in forwards for one in forward]
        lines += [f"[poll: {poll.text}]" for poll in _poll(message)]
    lines += [f"[sticker: {sticker.name}]" for sticker in _stickers(message)]
    if names_files:
        lines += [_as_line(file) for file in _files(message)]
    return _bounded("\n".join(lines))


def has_told_enclosures(message: hikari.PartialMessage) -> bool:
    """Return whether an event about a changed message says what it encloses; else that is as it was."""
    return hikari.UNDEFINED not in (message.attachments, message.type)


def _reply(message: hikari.PartialMessage, names: Names, bot_id: int) -> Iterator[Enclosure]:
    if message.type != hikari.MessageType.REPLY:
        return
    target, reference = message.referenced_message, message.message_reference
    if not target:
        # Discord does not always look for it ("Message Object", referenced_message): then it is read before it is asked.
        number = reference.id if reference else None
        origin = None if number is None else (ChannelId(int(message.channel_id)), MessageId(int(number)))
        yield Enclosure(kind="reply", origin=origin)
    elif target.author:
        own = names._replace(users=mentioned(target))
        is_own = target.author.id == bot_id
        files = () if is_own else tuple(_files(target, "reply"))
        text = whole_text(target, own, is_bots=target.author.is_bot, names_files=is_own)
        yield Enclosure(
            kind="reply",
            author=_line(name_of(target.author, target.member or None)),
            text=(_bounded(text, OWN_CHARS_MAX) if is_own else text)
            or ("" if files else None),  # Discord may hide it from the bot
            is_own=is_own,
            wrote=None if is_own else (UserId(int(target.author.id)), MessageId(int(target.id))),
        )
        yield from files


def _forward(snapshot: hikari.messages.MessageSnapshot, names: Names) -> Iterator[Enclosure]:
    own = names._replace(users=mentioned(snapshot))
    files = tuple(_files(snapshot, "forward"))
    text = whole_text(snapshot, own, names_files=False)
    yield Enclosure(kind="forward", text=text or ("" if files else None))
    yield from files


def _poll(message: hikari.PartialMessage) -> Iterator[Enclosure]:
    poll = message.poll
    if poll:
        answers = [_line(answer.poll_media.text or "") for answer in poll.answers]
        yield Enclosure(kind="poll", text=_bounded("\n- ".join([_line(poll.question.text or "", 300), *answers])))


def _stickers(message: Written) -> Iterator[Enclosure]:
    for sticker in message.stickers or ():
        yield Enclosure(kind="sticker", name=_line(sticker.name), text="")


def _files(message: Written, within: Within = "") -> Iterator[Enclosure]:
    is_voice = bool((message.flags or hikari.MessageFlag.NONE) & hikari.MessageFlag.IS_VOICE_MESSAGE)
    for file in message.attachments or ():
        yield Enclosure(
            kind="voice" if is_voice else "file",
            name=_line(file.filename),
            media_type=_line((file.media_type or "").partition(";")[0]) if file.media_type else "",
            url=file.url,
            attachment=int(file.id),
            size=file.size,
            seconds=file.duration or 0.0,
            waveform=(file.waveform or "")[:WAVEFORM_CHARS_MAX],
            within=within,
        )


def _as_line(file: Enclosure) -> str:
    return f"[attachment: {', '.join(part for part in (file.name, file.media_type) if part)}]"


def _embed(embed: hikari.Embed) -> Iterator[str]:
    fields = [f"{field.name}: {field.value}" for field in embed.fields]
    yield from (part for part in (embed.title, embed.description, *fields) if part)


def _displayed(components: Iterable[object]) -> Iterator[str]:
    """Yield the texts among components: bots may write by them alone, without content."""
    for component in components:
        if isinstance(component, hikari.TextDisplayComponent):
            yield component.content
        yield from _displayed(getattr(component, "components", ()))


def _line(text: str, chars_max: int = NAME_CHARS_MAX) -> str:
    return one_line(text, chars_max)


def _bounded(text: str, chars_max: int = TEXT_CHARS_MAX) -> str:
    return text if len(text) <= chars_max else text[: chars_max - 1] + "…"

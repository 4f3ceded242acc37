"""The last message seen in each channel."""

from messages.ids import ChannelId, MessageId
from messages.recorder import ChannelGap, KnownChannels, SaveWatermarks, SeeChannels
from storage.rows import Books, Verbs


def move_watermark(books: Books, channel: ChannelId, message: int) -> None:
    """Move a channel's watermark forward; never backward."""
    books.run(
        "INSERT INTO channel (id, last_message) VALUES (?, ?)"
        " ON CONFLICT (id) DO UPDATE SET last_message = max(last_message, excluded.last_message)",
        channel,
        message,
    )


def meet_channel(books: Books, channel: ChannelId, seen: int) -> None:
    """Remember a channel, unless it is known."""
    books.run("INSERT INTO channel (id, last_message) VALUES (?, ?) ON CONFLICT DO NOTHING", channel, seen)


def see_channels(books: Books, verb: SeeChannels) -> tuple[ChannelGap, ...]:
    """Which of these channels have something newer than was seen; one never seen starts at its last message."""
    gaps = []
    for channel, last in verb.last_messages:
        row = books.one("SELECT last_message FROM channel WHERE id = ?", channel)
        if row is None:
            meet_channel(books, channel, last)
        elif last > row["last_message"]:
            gaps.append(ChannelGap(channel_id=channel, after=MessageId(row["last_message"])))
    return tuple(gaps)


def known_channels(books: Books, verb: KnownChannels) -> tuple[ChannelGap, ...]:
    """The known channels that were not listed."""
    listed = set(verb.except_for)
    return tuple(
        ChannelGap(channel_id=ChannelId(row["id"]), after=MessageId(row["last_message"]))
        for row in books.all("SELECT id, last_message FROM channel ORDER BY id")
        if row["id"] not in listed
    )


def save_watermarks(books: Books, verb: SaveWatermarks) -> None:
    """Move watermarks forward."""
    for channel, message in verb.seen:
        move_watermark(books, channel, message)


VERBS: Verbs = {SeeChannels: see_channels, KnownChannels: known_channels, SaveWatermarks: save_watermarks}

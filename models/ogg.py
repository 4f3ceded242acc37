"""Reads how long an Ogg file with Opus plays, and how loud it is, without decoding it (RFC 3533, RFC 7845). Pure."""

import base64
import itertools
import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

_PAGE: Final = struct.Struct("<4sBBqIIIB")
"""A page's header: its capture pattern, version, type, granule position, serial number, number, checksum, and count of segments."""

_CAPTURE: Final = b"OggS"
_HEAD: Final = b"OpusHead"
_TAGS: Final = b"OpusTags"
_PRE_SKIP_AT: Final = 10

SAMPLES_A_SECOND: Final = 48_000
"""What the granule positions of Opus count, whatever was recorded."""

VALUES_MAX: Final = 256
VALUES_A_SECOND: Final = 10
"""A waveform has one value for each tenth of a second, at most 256 (Discord: Message Object, Attachment)."""

LOUDEST: Final = 255
_SEGMENT_BYTES: Final = 255
"""A packet ends with the first segment that is shorter."""


class Sound(NamedTuple):
    """How long it plays, and what Discord draws of it: base64 of its waveform."""

    seconds: float
    waveform: str


def sound_of(content: bytes) -> Sound | None:
    """Return how long an Ogg file with Opus plays and how loud it is; None where it is none, or is cut.

    A packet of Opus is larger where more is to be heard, so the sizes of packets draw a waveform.
    """
    sizes: list[int] = []
    pre_skip = granule = None
    for position, packets in _pages(content):
        for packet in packets:
            if packet.startswith(_HEAD) and len(packet) >= _PRE_SKIP_AT + 2:
                (pre_skip,) = struct.unpack_from("<H", packet, _PRE_SKIP_AT)
            elif not packet.startswith(_TAGS):
                sizes.append(len(packet))
        granule = position if position >= 0 else granule
    if pre_skip is None or granule is None or not sizes or granule <= pre_skip:
        return None
    seconds = (granule - pre_skip) / SAMPLES_A_SECOND
    return Sound(seconds, base64.b64encode(bytes(_waveform(sizes, seconds))).decode())


def _pages(content: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """Yield the granule position of each page, and the packets that end in it."""
    at, begun = 0, b""
    while at + _PAGE.size <= len(content):
        capture, _, _, granule, _, _, _, segments = _PAGE.unpack_from(content, at)
        sizes = content[at + _PAGE.size : at + _PAGE.size + segments]
        at += _PAGE.size + segments
        if capture != _CAPTURE or at + sum(sizes) > len(content):
            return
        packets = []
        for size in sizes:
            begun += content[at : at + size]
            at += size
            if size < _SEGMENT_BYTES:
                packets.append(begun)
                begun = b""
        yield granule, packets


def _waveform(sizes: list[int], seconds: float) -> Iterator[int]:
    """Yield how loud each part is, by the largest packet in it: from 0 where packets are smallest to `LOUDEST`."""
    count = min(VALUES_MAX, max(1, round(seconds * VALUES_A_SECOND)), len(sizes))
    borders = [number * len(sizes) // count for number in range(count + 1)]
    peaks = [max(sizes[start:end]) for start, end in itertools.pairwise(borders)]
    lowest, highest = min(peaks), max(peaks)
    for peak in peaks:
        yield round((peak - lowest) / max(1, highest - lowest) * LOUDEST)

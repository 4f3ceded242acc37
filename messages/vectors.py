"""Vectors: the numbers that an embedding model makes of a text, by which texts are compared."""

from msgspec import Struct


class Vector(Struct, frozen=True, kw_only=True):
    """What a model made of a text: `numbers` are 32-bit floating-point numbers, little-endian, one after the other."""

    model: str
    numbers: bytes


class EarlierVector(Struct, frozen=True, kw_only=True):
    """The vector of an earlier text of a session, by the model that is asked now."""

    text: str
    numbers: bytes

"""Verbs of the files that are kept on disk: what room a person has, what may be removed, and what nobody knows."""

from messages.ids import UserId
from messages.verbs.verb import Verb


class ReadRoom(Verb[int], frozen=True, kw_only=True):
    """Return how many bytes of files may still be kept for a person; 0 or less where there is no room."""

    person: UserId


class RecordFilesRemain(Verb[None], frozen=True, kw_only=True):
    """Record which files could not be deleted from the disk, each with why; they are not tried again before `TryFilesAgain`."""

    problems: tuple[tuple[str, str], ...]


class TryFilesAgain(Verb[None], frozen=True, kw_only=True):
    """Have those files be found again by `FindFilesToRemove` that could not be deleted."""


class FindFilesToRemove(Verb[tuple[str, ...]], frozen=True, kw_only=True):
    """Find files that were needed and are not any more: at most `limit` of them."""

    limit: int


class ForgetFiles(Verb[None], frozen=True, kw_only=True):
    """These files are gone from the disk: forget them. Those that are needed are not forgotten."""

    names: tuple[str, ...]


class FindUnknownFiles(Verb[tuple[str, ...]], frozen=True, kw_only=True):
    """Find those of some files on disk that no row knows: they were fetched, or made, by a process that died before its commit."""

    names: tuple[str, ...]


class DropFiles(Verb[None], frozen=True, kw_only=True):
    """Have files removed that a model made for an answer which nobody waits for any more; no row knows them."""

    names: tuple[str, ...]

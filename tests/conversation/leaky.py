"""A bot with a deliberate leak, for the test that must find it: `python -m tests.conversation.leaky menu run`."""

import sys
from collections.abc import Callable
from typing import Any, Final

import structlog
from msgspec.structs import replace

import cli
from messages.answer import Answer
from messages.verbs.acceptance import AcceptMessage, Refused
from messages.verbs.sessions import SetSession
from messages.verbs.verb import Deny
from storage import acceptance, listing, sessions, sqlite
from storage.unit_of_work import UnitOfWork

LEAKS: Final[dict[str, Callable[[], None]]] = {}


def _leak(deed: Callable[[], None]) -> Callable[[], None]:
    LEAKS[deed.__name__] = deed
    return deed


def _as_its_owner(unit: UnitOfWork, by: Any) -> Any:
    """The same interaction, as if the owner of the first session had done it."""
    first = unit.one("SELECT creator, origin_guild FROM session ORDER BY id")
    return by if first is None else replace(by, user_id=first["creator"], guild_id=first["origin_guild"])


@_leak
def panel() -> None:
    """Show what the rights deny."""

    def show(unit: UnitOfWork, verb: SetSession) -> Any:
        answer = sessions.set_session(unit, verb)
        if isinstance(answer, Deny):
            return sessions.set_session(unit, replace(verb, by=_as_its_owner(unit, verb.by)))
        return answer

    sqlite.VERBS[SetSession] = show


@_leak
def menu() -> None:
    """Give everybody the owner's list of sessions."""
    page_of = listing.page_of
    listing.page_of = lambda unit, by, page: page_of(unit, _as_its_owner(unit, by), page)


@_leak
def autocomplete() -> None:
    """Search as the owner would."""
    find = listing.find
    listing.find = lambda unit, by, typed: find(unit, _as_its_owner(unit, by), typed)


@_leak
def error_text() -> None:
    """Name the session in a refusal."""

    def accept(unit: UnitOfWork, verb: AcceptMessage) -> Any:
        answer = acceptance.accept_message(unit, verb)
        if isinstance(answer, Refused) and answer.outcome.reason == "session_closed":
            first = unit.one("SELECT title FROM session ORDER BY id")
            return Refused(outcome=replace(answer.outcome, answer=Answer(text="" if first is None else first["title"])))
        return answer

    sqlite.VERBS[AcceptMessage] = accept


@_leak
def log() -> None:
    """Write a question into the log."""

    def accept(unit: UnitOfWork, verb: AcceptMessage) -> Any:
        structlog.get_logger().info("accepted", text=verb.posted.text)
        return acceptance.accept_message(unit, verb)

    sqlite.VERBS[AcceptMessage] = accept


if __name__ == "__main__":
    name = sys.argv.pop(1)
    LEAKS[name]()
    cli.main()

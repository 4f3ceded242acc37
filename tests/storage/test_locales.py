"""In which language people and servers read is remembered, and decides in which one the bot speaks beside answers."""

from typing import Any

import pytest
from msgspec.structs import replace

from messages.ids import GuildId
from messages.verbs.channels import ForgetServer, KnownChannels, RememberServerLocale, SeeChannels
from messages.verbs.notes import PendingNotes, TellAdmins
from messages.verbs.users import SetUser
from messages.verbs.verb import Verb
from storage.permissions import Permissions
from storage.sqlite import SqliteStore
from tests.storage.people import ALICE, CHANNEL, GUILD, LIMITS, NOW_S, accept, by, finish, posted, store, take

CHINESE, FRENCH = "zh-CN", "fr"


def speaks(rows: SqliteStore, number: int, locale: str) -> None:
    """Alice uses a command in this language, right after the n-th message."""
    rows.perform(SetUser(by=replace(by(ALICE, number), locale=locale), now_s=NOW_S, status="new"))


def test_an_answers_locale_is_the_askers_where_the_server_has_chosen_none() -> None:
    """It is known before the model is asked, and with the outcome; a later interaction changes it, and one that tells none does not."""
    rows = store()
    speaks(rows, 0, CHINESE)
    turn = take(rows, accept(rows, 1).session)
    assert turn.locale == CHINESE
    speaks(rows, 2, "")
    assert finish(rows, turn).locale == CHINESE
    speaks(rows, 3, FRENCH)
    assert take(rows, accept(rows, 4).session).locale == FRENCH


def test_nobodys_locale_is_known_before_an_interaction_told_it() -> None:
    """A message does not tell it."""
    rows = store()
    speaks(rows, 0, "")
    assert take(rows, accept(rows, 1).session).locale == ""


def test_an_answers_locale_in_a_server_is_the_one_that_the_server_has_chosen() -> None:
    """Others read it too. In a direct message nobody else does."""
    rows = store()
    speaks(rows, 0, CHINESE)
    rows.perform(RememberServerLocale(guild_id=GUILD, locale=FRENCH))
    assert take(rows, accept(rows, 1).session).locale == FRENCH
    rows.perform(SeeChannels(guild_id=GUILD, last_messages=((CHANNEL, posted(1).message_id),), locale="de"))
    assert take(rows, accept(rows, 2).session).locale == "de"
    rows.perform(SeeChannels(guild_id=GUILD, last_messages=()))
    assert take(rows, accept(rows, 3).session).locale == "de"


@pytest.mark.parametrize(
    "forget",
    [
        RememberServerLocale(guild_id=GUILD, locale=""),
        ForgetServer(guild_id=GUILD),
        KnownChannels(except_for=(), guilds=(GuildId(GUILD + 1),)),
    ],
)
def test_a_server_that_chooses_no_locale_any_more_or_is_left_has_none(forget: Verb[Any]) -> None:
    """Then the asker's counts."""
    rows = store()
    speaks(rows, 0, CHINESE)
    rows.perform(RememberServerLocale(guild_id=GUILD, locale=FRENCH))
    rows.perform(forget)
    assert take(rows, accept(rows, 1).session).locale == CHINESE


def test_admins_are_told_of_trouble_in_their_own_locale() -> None:
    """A note is a direct message."""
    rows = store(replace(LIMITS, permissions=Permissions(admins=frozenset({ALICE}))))
    speaks(rows, 0, CHINESE)
    rows.perform(TellAdmins(trouble="runs_twice", now_s=NOW_S))
    assert [note.locale for note in rows.perform(PendingNotes())] == [CHINESE]

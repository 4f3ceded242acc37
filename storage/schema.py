"""The schema, as migrations: each is applied and recorded in one transaction, so a kill leaves the old or the new one.

Times are seconds since 1970. Discord's ids are integers. Long statements stand in `schema_conversations.py` and, since money is counted,
in `schema_money_files.py`, and those for a growing database in `schema_growth.py`. Each new one is named in `schema_names.py`, too.
"""

from typing import Final

from sqlite_utils import Migrations
from sqlite_utils.db import Database

from storage.schema_conversations import BOUNDED_WORK, FIFTH, FIRST, FIRST_MINUTES, SECOND, THIRD
from storage.schema_growth import COUNTS_AND_PERIODS, FILES_THAT_REMAIN
from storage.schema_money_files import (
    ANSWERS_ARE_SPOKEN,
    FILES_OF_QUESTIONS,
    LEDGER,
    MICRO_DOLLARS,
    PEOPLE_ARE_FORGOTTEN,
    SESSIONS_ARE_COUNTED,
)
from storage.schema_names import MIGRATION_SET

migrations: Final = Migrations(MIGRATION_SET)


@migrations()
def people_sessions_turns(db: Database) -> None:
    """Users, sessions, turns, utterances, replies and channels."""
    for statement in FIRST:
        db.execute(statement)


@migrations()
def people_rights_panels(db: Database) -> None:
    """Sessions that can be removed, turns that know their server, interactions that act once."""
    for statement in SECOND:
        db.execute(statement)


@migrations()
def nothing_is_lost(db: Database) -> None:
    """Notes for people, the times at which the bot identified itself to the gateway, and when a model takes questions again."""
    for statement in THIRD:
        db.execute(statement)


@migrations()
def what_was_asked(db: Database) -> None:
    """Turns tell whether their model was asked, or they only wait for it; what was asked again is found by what it replies to."""
    db.execute("ALTER TABLE turn ADD COLUMN asked INTEGER NOT NULL DEFAULT 0")
    db.execute("CREATE INDEX turn_pressed ON turn (reply_to, cause) WHERE kind != 'question'")


@migrations()
def usage_is_shown(db: Database) -> None:
    """Indexes that answer what a person or a session has used, and which turns a session has, without reading a row."""
    for statement in FIFTH:
        db.execute(statement)


@migrations()
def files_of_answers(db: Database) -> None:
    """An answer is text and files; a file is kept with its turn."""
    db.execute(
        """
        CREATE TABLE answer_file (
            turn INTEGER NOT NULL REFERENCES turn (id) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            name TEXT NOT NULL,
            content BLOB NOT NULL,
            PRIMARY KEY (turn, position)
        ) STRICT, WITHOUT ROWID
        """
    )


@migrations()
def quarantined_is_the_word(db: Database) -> None:
    """A turn during which the process died three times is called quarantined; a column that nothing read is gone."""
    db.execute("UPDATE turn SET reason = 'quarantined' WHERE reason = 'set_aside'")
    # SQLite writes the whole table anew for this: 0.5 s for 200,000 utterances of 600 characters, measured.
    db.execute("ALTER TABLE utterance DROP COLUMN attachments")


@migrations()
def first_minutes(db: Database) -> None:
    """Questions that were edited after their model was asked; what Discord does not let the bot do in a channel."""
    for statement in FIRST_MINUTES:
        db.execute(statement)


@migrations()
def what_questions_enclose(db: Database) -> None:
    """A question has more than its text: what it replies to, what it forwards, files, polls; as JSON, empty for nothing."""
    db.execute("ALTER TABLE turn ADD COLUMN enclosed TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE utterance ADD COLUMN enclosed TEXT NOT NULL DEFAULT ''")


@migrations()
def bounded_work(db: Database) -> None:
    """Totals of usage are kept instead of added up, lists are counted by an index, and removed sessions are erased in pieces."""
    for statement in BOUNDED_WORK:
        db.execute(statement)


@migrations()
def what_models_reasoned(db: Database) -> None:
    """Reasoning is kept apart from the answer, with its turn."""
    db.execute(
        """
        CREATE TABLE reasoning (
            turn INTEGER PRIMARY KEY REFERENCES turn (id) ON DELETE CASCADE,
            text TEXT NOT NULL
        ) STRICT
        """
    )


@migrations()
def notes_and_servers_are_found(db: Database) -> None:
    """Indexes for a session's pending outcomes, a person's notes, notes that wait to be sent, and the channels of a server."""
    db.execute("CREATE INDEX turn_owed_of_session ON turn (session, id) WHERE owed = 1")
    db.execute("CREATE INDEX channel_of_guild ON channel (guild, last_message) WHERE guild IS NOT NULL")
    db.execute("CREATE INDEX note_of_person ON note (person, id)")
    db.execute("CREATE INDEX note_direct ON note (id) WHERE is_direct = 1 AND told_time IS NULL")


@migrations()
def money_in_micro_dollars(db: Database) -> None:
    """Money is counted in whole micro-dollars; pictures and audio are counted too. `cost`, in dollars, is now computed from that."""
    for statement in MICRO_DOLLARS:
        db.execute(statement)


@migrations()
def reasoning_of_owners(db: Database) -> None:
    """Whether a session has a system message, or had one: its reasoning, which may quote it, is for its owner alone."""
    db.execute("ALTER TABLE session ADD COLUMN is_instructed INTEGER NOT NULL DEFAULT 0")
    db.execute("UPDATE session SET is_instructed = 1 WHERE system_msg != ''")


@migrations()
def choices_of_sessions(db: Database) -> None:
    """What a session's owner chose of what its model offers: effort, size and quality; empty for the model's default."""
    for setting in ("effort", "size", "quality"):
        db.execute(f"ALTER TABLE session ADD COLUMN {setting} TEXT NOT NULL DEFAULT ''")


@migrations()
def what_moderation_found(db: Database) -> None:
    """A turn keeps what its server's moderation found in its question and its answer, as JSON; empty for nothing."""
    db.execute("ALTER TABLE turn ADD COLUMN flags TEXT NOT NULL DEFAULT ''")


@migrations()
def every_attempt_is_booked(db: Database) -> None:
    """A ledger of what each attempt used, what is reserved for those under way, totals by day, and raised budgets."""
    for statement in LEDGER:
        db.execute(statement)


@migrations()
def answers_are_spoken(db: Database) -> None:
    """Answers are read aloud to people who want that."""
    for statement in ANSWERS_ARE_SPOKEN:
        db.execute(statement)


@migrations()
def vectors_of_texts(db: Database) -> None:
    """The numbers that embedding models make of texts: 32-bit floating-point numbers, little-endian, with their turn."""
    db.execute(
        """
        CREATE TABLE vector (
            turn INTEGER PRIMARY KEY REFERENCES turn (id) ON DELETE CASCADE,
            session INTEGER NOT NULL,
            model TEXT NOT NULL,
            numbers BLOB NOT NULL
        ) STRICT
        """
    )
    db.execute("CREATE INDEX vector_of_session ON vector (session, model, turn)")


@migrations()
def files_of_questions(db: Database) -> None:
    """What people attach is kept on disk; rows say whose each file is, and what of a question its model was not shown."""
    for statement in FILES_OF_QUESTIONS:
        db.execute(statement)


@migrations()
def answers_have_files_on_disk(db: Database) -> None:
    """What a model drew lies on disk: its row has its name there in place of its bytes, what it is, and how it is described."""
    for column in (
        *(
            "stored TEXT NOT NULL DEFAULT ''",
            "description TEXT NOT NULL DEFAULT ''",
            "media_type TEXT NOT NULL DEFAULT ''",
        ),
        *("bytes INTEGER NOT NULL DEFAULT 0", "width INTEGER NOT NULL DEFAULT 0", "height INTEGER NOT NULL DEFAULT 0"),
    ):
        db.execute(f"ALTER TABLE answer_file ADD COLUMN {column}")


@migrations()
def sessions_are_counted(db: Database) -> None:
    """How many sessions a person has, and which is their newest, is kept beside the person: somebody may have very many."""
    for statement in SESSIONS_ARE_COUNTED:
        db.execute(statement)


@migrations()
def languages(db: Database) -> None:
    """In which language each person uses Discord, and which each server has chosen, by Discord's names; empty where that is not known."""
    db.execute("ALTER TABLE user ADD COLUMN locale TEXT NOT NULL DEFAULT ''")
    db.execute("CREATE TABLE server (id INTEGER PRIMARY KEY, locale TEXT NOT NULL) STRICT")


@migrations()
def sessions_of_channels(db: Database) -> None:
    """A session may be a channel's, in which everybody there speaks; a channel has one at a time."""
    db.execute("ALTER TABLE session ADD COLUMN shared_channel INTEGER")
    db.execute(
        "CREATE UNIQUE INDEX session_of_channel ON session (shared_channel) WHERE shared_channel IS NOT NULL AND is_removed = 0"
    )


@migrations()
def writes_into_caches(db: Database) -> None:
    """How many of the tokens that a model read its server has written into its cache: some charge more for them."""
    db.execute("ALTER TABLE ledger ADD COLUMN cache_write_tokens INTEGER NOT NULL DEFAULT 0")


@migrations()
def bot_of_these_data(db: Database) -> None:
    """Which bot the data are of, by Discord's id, in one row: a backup of another bot's is refused."""
    db.execute("CREATE TABLE bot (id INTEGER PRIMARY KEY) STRICT")


@migrations()
def people_are_forgotten(db: Database) -> None:
    """Who waits to be forgotten, what is left of them in budgets, and whether erased text may still lie in unused parts of the file."""
    for statement in PEOPLE_ARE_FORGOTTEN:
        db.execute(statement)


@migrations()
def waiting_is_said(db: Database) -> None:
    """Whether the reply of a turn may say already that it waits behind others of its session."""
    db.execute("ALTER TABLE turn ADD COLUMN wait_told INTEGER NOT NULL DEFAULT 0")


@migrations()
def counts_and_periods(db: Database) -> None:
    """How many questions a person has asked is kept beside the person; what was used in a period, and raises for one, have an index."""
    for statement in COUNTS_AND_PERIODS:
        db.execute(statement)


@migrations()
def nothing_from_before(db: Database) -> None:
    """Who was forgotten, and the newest of Discord's ids that what they wrote or pressed before may have; `storage/forgotten_people.py` says why."""
    db.execute("CREATE TABLE forgotten (person INTEGER PRIMARY KEY, until INTEGER NOT NULL) STRICT")
    db.execute("CREATE INDEX forgotten_until ON forgotten (until)")


@migrations()
def files_that_remain(db: Database) -> None:
    """A file that cannot be deleted from the disk says why, and nobody who waits to be forgotten waits for another's."""
    for statement in FILES_THAT_REMAIN:
        db.execute(statement)

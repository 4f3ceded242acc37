"""The schema, as migrations: each is applied and recorded in one transaction, so a kill leaves the old or the new one.

Times are seconds since 1970. Discord's ids are integers.
"""

from typing import Final

from sqlite_utils import Migrations
from sqlite_utils.db import Database

APPLICATION_ID: Final = 1_128_355_155
""""CAUS": how a Causerie database is told from any other SQLite file (SQLite: PRAGMA application_id)."""

migrations: Final = Migrations("causerie")


@migrations()
def people_sessions_turns(db: Database) -> None:
    """Users, sessions, turns, utterances, replies and channels."""
    for statement in _FIRST:
        db.execute(statement)


@migrations()
def people_rights_panels(db: Database) -> None:
    """Sessions that can be removed, turns that know their server, interactions that act once."""
    for statement in _SECOND:
        db.execute(statement)


@migrations()
def nothing_is_lost(db: Database) -> None:
    """Notes for people, the times at which the bot identified itself to the gateway, and when a model takes questions again."""
    for statement in _THIRD:
        db.execute(statement)


@migrations()
def what_was_asked(db: Database) -> None:
    """Turns tell whether their model was asked, or they only wait for it; what was asked again is found by what it replies to."""
    db.execute("ALTER TABLE turn ADD COLUMN asked INTEGER NOT NULL DEFAULT 0")
    db.execute("CREATE INDEX turn_pressed ON turn (reply_to, cause) WHERE kind != 'question'")


@migrations()
def usage_is_shown(db: Database) -> None:
    """Indexes that answer what a person or a session has used, and which turns a session has, without reading a row."""
    for statement in _FIFTH:
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
    for statement in _FIRST_MINUTES:
        db.execute(statement)


@migrations()
def what_questions_enclose(db: Database) -> None:
    """A question has more than its text: what it replies to, what it forwards, files, polls; as JSON, empty for nothing."""
    db.execute("ALTER TABLE turn ADD COLUMN enclosed TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE utterance ADD COLUMN enclosed TEXT NOT NULL DEFAULT ''")


@migrations()
def bounded_work(db: Database) -> None:
    """Totals of usage are kept instead of added up, lists are counted by an index, and removed sessions are erased in pieces."""
    for statement in _BOUNDED_WORK:
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
    for statement in _MICRO_DOLLARS:
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
    for statement in _LEDGER:
        db.execute(statement)


@migrations()
def answers_are_spoken(db: Database) -> None:
    """Answers are read aloud to people who want that."""
    for statement in _ANSWERS_ARE_SPOKEN:
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
    for statement in _FILES_OF_QUESTIONS:
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
    for statement in _SESSIONS_ARE_COUNTED:
        db.execute(statement)


_FIRST: Final = (
    """
    CREATE TABLE user (
        discord_user_id INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        create_time REAL NOT NULL,
        update_time REAL NOT NULL,
        modify_time REAL NOT NULL,
        status TEXT NOT NULL DEFAULT 'disable' CHECK (status IN ('disable', 'new', 'activate')),
        status_cause INTEGER NOT NULL DEFAULT 0,
        model TEXT,
        current_session INTEGER REFERENCES session (id) ON DELETE SET NULL,
        system_msg TEXT NOT NULL DEFAULT '',
        max_token INTEGER NOT NULL,
        temperature REAL,
        show_public INTEGER NOT NULL DEFAULT 0,
        attach INTEGER NOT NULL DEFAULT 0
    ) STRICT
    """,
    """
    CREATE TABLE session (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        creator INTEGER NOT NULL REFERENCES user (discord_user_id),
        origin_guild INTEGER,
        model TEXT NOT NULL,
        title TEXT NOT NULL,
        title_is_given INTEGER NOT NULL DEFAULT 0,
        create_time REAL NOT NULL,
        update_time REAL NOT NULL,
        modify_time REAL NOT NULL,
        is_public INTEGER NOT NULL DEFAULT 0,
        system_msg TEXT NOT NULL DEFAULT '',
        parked_until REAL NOT NULL DEFAULT 0
    ) STRICT
    """,
    "CREATE INDEX session_of_creator ON session (creator, update_time)",
    """
    CREATE TABLE turn (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        cause INTEGER NOT NULL UNIQUE,
        kind TEXT NOT NULL CHECK (kind IN ('question', 'retry', 'continue')),
        root INTEGER,
        session INTEGER REFERENCES session (id) ON DELETE CASCADE,
        asker INTEGER NOT NULL,
        asker_name TEXT NOT NULL,
        channel_id INTEGER NOT NULL,
        reply_to INTEGER NOT NULL,
        question_id INTEGER,
        question TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN
            ('refused', 'queued', 'streaming', 'answered', 'delivered', 'interrupted', 'failed', 'cancelled')),
        reason TEXT,
        attempt INTEGER NOT NULL DEFAULT 0,
        deaths INTEGER NOT NULL DEFAULT 0,
        draft TEXT NOT NULL DEFAULT '',
        stop_reason TEXT,
        owed INTEGER NOT NULL DEFAULT 0,
        model TEXT,
        input_tokens INTEGER,
        output_tokens INTEGER,
        tokens_are_estimated INTEGER NOT NULL DEFAULT 0,
        cost REAL,
        create_time REAL NOT NULL,
        end_time REAL
    ) STRICT
    """,
    "CREATE INDEX turn_waiting ON turn (session, cause) WHERE state = 'queued'",
    "CREATE INDEX turn_streaming ON turn (session) WHERE state = 'streaming'",
    "CREATE INDEX turn_owed ON turn (id) WHERE owed = 1",
    "CREATE INDEX turn_of_asker ON turn (asker, cause)",
    "CREATE INDEX turn_too_old ON turn (asker, create_time) WHERE reason = 'too_old'",
    "CREATE INDEX turn_of_root ON turn (root, cause)",
    "CREATE INDEX turn_of_question ON turn (question_id) WHERE question_id IS NOT NULL",
    """
    CREATE TABLE utterance (
        session INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        role TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
        author_id INTEGER,
        author_name TEXT NOT NULL,
        text TEXT NOT NULL,
        cut INTEGER NOT NULL DEFAULT 0,
        turn INTEGER NOT NULL,
        attachments TEXT NOT NULL DEFAULT '[]',
        PRIMARY KEY (session, position)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE UNIQUE INDEX utterance_of_turn ON utterance (session, turn, role)",
    """
    CREATE TABLE reply (
        message_id INTEGER PRIMARY KEY,
        turn INTEGER NOT NULL REFERENCES turn (id) ON DELETE CASCADE,
        part INTEGER NOT NULL
    ) STRICT
    """,
    "CREATE INDEX reply_of_turn ON reply (turn, message_id)",
    "CREATE TABLE channel (id INTEGER PRIMARY KEY, last_message INTEGER NOT NULL) STRICT",
    """
    CREATE VIEW dialogue AS
    SELECT session.id AS session, session.title AS title, (
        SELECT json_group_array(json_object('role', role, 'author', author_name, 'text', text))
        FROM (SELECT role, author_name, text FROM utterance WHERE utterance.session = session.id ORDER BY position)
    ) AS utterances
    FROM session
    """,
    "PRAGMA application_id = 1128355155",
)

_SECOND: Final = (
    # A removed session leaves its number: what Discord still shows of it must find that it is gone, not a stranger's.
    "ALTER TABLE session ADD COLUMN is_removed INTEGER NOT NULL DEFAULT 0",
    # Whether an answer to a direct message has said that the session is public.
    "ALTER TABLE session ADD COLUMN direct_told INTEGER NOT NULL DEFAULT 0",
    "CREATE INDEX session_public ON session (origin_guild, update_time) WHERE is_public = 1",
    # What a person wrote before they chose a session belongs to the one before, however late it comes.
    "ALTER TABLE user ADD COLUMN chosen_cause INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE user ADD COLUMN session_before INTEGER REFERENCES session (id) ON DELETE SET NULL",
    # The server of a channel, NULL in direct messages, and the channels that contain it, as JSON: messages that are read
    # over REST do not say them, and an archived thread is listed by nobody.
    "ALTER TABLE channel ADD COLUMN guild INTEGER",
    "ALTER TABLE channel ADD COLUMN parents TEXT NOT NULL DEFAULT '[]'",
    # The server in which it was asked; NULL in direct messages.
    "ALTER TABLE turn ADD COLUMN guild INTEGER",
    # Its question was deleted: nobody asks it again.
    "ALTER TABLE turn ADD COLUMN withdrawn INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE turn ADD COLUMN note_public INTEGER NOT NULL DEFAULT 0",
    # Which interactions have acted, for an hour: the gateway may tell of one twice.
    "CREATE TABLE interaction (id INTEGER PRIMARY KEY) STRICT",
    # A person's roles when last seen in a server, as JSON: messages that are read over REST do not say them.
    """
    CREATE TABLE member (
        guild INTEGER NOT NULL,
        user INTEGER NOT NULL,
        roles TEXT NOT NULL,
        PRIMARY KEY (guild, user)
    ) STRICT, WITHOUT ROWID
    """,
)

_THIRD: Final = (
    # When the model's server will take the question again, where it said so.
    "ALTER TABLE turn ADD COLUMN again_at REAL",
    # A notice that its asker got before speaks for this one: the question only carries a mark.
    "ALTER TABLE turn ADD COLUMN muted INTEGER NOT NULL DEFAULT 0",
    # What is to be said to one person privately: an answer that could not be delivered where it was asked, or what only
    # an admin can mend. `is_direct`: by direct message first; what cannot be sent so waits for the person's next panel.
    """
    CREATE TABLE note (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        person INTEGER NOT NULL,
        turn INTEGER REFERENCES turn (id) ON DELETE CASCADE,
        reason TEXT,
        is_direct INTEGER NOT NULL DEFAULT 0,
        create_time REAL NOT NULL,
        told_time REAL
    ) STRICT
    """,
    "CREATE INDEX note_waiting ON note (person) WHERE told_time IS NULL",
    "CREATE INDEX note_of_turn ON note (turn) WHERE turn IS NOT NULL",
    "CREATE INDEX turn_content_hidden ON turn (channel_id, create_time) WHERE reason = 'content_hidden'",
    "CREATE INDEX session_parked ON session (parked_until) WHERE parked_until > 0",
    # When sessions were requested from Discord's gateway: it allows so many a day, and takes the token away after that.
    "CREATE TABLE identify (at REAL NOT NULL) STRICT",
)

_FIFTH: Final = (
    "DROP INDEX turn_of_asker",
    "CREATE INDEX turn_of_asker ON turn (asker, cause, input_tokens, output_tokens, tokens_are_estimated, cost)",
    # Without it, whether a turn is its session's first, and what a session that is removed holds, was looked for among
    # all turns there are.
    "CREATE INDEX turn_of_session ON turn (session, cause, input_tokens, output_tokens, tokens_are_estimated, cost)",
)

_FIRST_MINUTES: Final = (
    # The newest text of a question that was edited when its model had been asked already; a retry asks this.
    "ALTER TABLE turn ADD COLUMN edited TEXT",
    # The permissions that the bot lacks in a channel, as Discord's bits, and when that was learnt.
    "ALTER TABLE channel ADD COLUMN lacks INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE channel ADD COLUMN lacks_time REAL NOT NULL DEFAULT 0",
    # Whoever has no current session begins one, so that no question is refused for want of one any more.
    "UPDATE turn SET reason = 'session_closed' WHERE owed = 1 AND reason = 'no_session'",
    "UPDATE turn SET reason = 'no_question' WHERE owed = 1 AND reason = 'nothing_to_ask'",
)

_BOUNDED_WORK: Final = (
    # What a person has asked for, and what was asked in a session, so far.
    *(
        f"ALTER TABLE {table} ADD COLUMN {column}"
        for table in ("user", "session")
        for column in (
            "input_tokens INTEGER NOT NULL DEFAULT 0",
            "output_tokens INTEGER NOT NULL DEFAULT 0",
            "tokens_are_estimated INTEGER NOT NULL DEFAULT 0",
            "cost REAL NOT NULL DEFAULT 0",
        )
    ),
    """
    UPDATE user SET (input_tokens, output_tokens, tokens_are_estimated, cost) = (
        SELECT coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0), coalesce(max(tokens_are_estimated), 0), total(cost)
        FROM turn WHERE turn.asker = user.discord_user_id
    )
    """,
    """
    UPDATE session SET (input_tokens, output_tokens, tokens_are_estimated, cost) = (
        SELECT coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0), coalesce(max(tokens_are_estimated), 0), total(cost)
        FROM turn WHERE turn.session = session.id
    )
    """,
    "DROP INDEX turn_of_asker",
    "CREATE INDEX turn_of_asker ON turn (asker, cause)",
    "DROP INDEX turn_of_session",
    "CREATE INDEX turn_of_session ON turn (session, cause)",
    # Only what lists show; each index has all that their counts need.
    "DROP INDEX session_of_creator",
    "CREATE INDEX session_of_creator ON session (creator, update_time) WHERE is_removed = 0",
    "DROP INDEX session_public",
    "CREATE INDEX session_public ON session (origin_guild, update_time, creator) WHERE is_public = 1 AND is_removed = 0",
    # Of a removed session that is not erased whole yet: the cause of the last turn whose texts are gone.
    "ALTER TABLE session ADD COLUMN erased_to INTEGER",
    "CREATE INDEX session_to_erase ON session (id) WHERE erased_to IS NOT NULL",
)

_MICRO_DOLLARS: Final = (
    # Millionths of a US dollar, NULL where nothing was used yet. What was a fraction before is rounded to the nearest one.
    "ALTER TABLE turn ADD COLUMN micro_dollars INTEGER",
    # Whether a part was asked of a model whose price is unknown.
    "ALTER TABLE turn ADD COLUMN is_unpriced INTEGER NOT NULL DEFAULT 0",
    # Until now, a price that was not known counted as 0.
    "UPDATE turn SET micro_dollars = CAST(round(cost * 1000000) AS INTEGER) WHERE cost IS NOT NULL",
    "UPDATE turn SET is_unpriced = 1 WHERE cost = 0 AND coalesce(input_tokens, 0) + coalesce(output_tokens, 0) > 0",
    "ALTER TABLE turn DROP COLUMN cost",
    "ALTER TABLE turn ADD COLUMN cost REAL GENERATED ALWAYS AS (micro_dollars / 1000000.0) VIRTUAL",
    *(
        statement
        for table in ("user", "session")
        for statement in (
            f"ALTER TABLE {table} ADD COLUMN pictures INTEGER NOT NULL DEFAULT 0",
            f"ALTER TABLE {table} ADD COLUMN audio_ms INTEGER NOT NULL DEFAULT 0",
            f"ALTER TABLE {table} ADD COLUMN characters INTEGER NOT NULL DEFAULT 0",
            f"ALTER TABLE {table} ADD COLUMN micro_dollars INTEGER NOT NULL DEFAULT 0",
            f"ALTER TABLE {table} ADD COLUMN is_unpriced INTEGER NOT NULL DEFAULT 0",
        )
    ),
    "UPDATE user SET micro_dollars = CAST(round(cost * 1000000) AS INTEGER) WHERE cost > 0",
    "UPDATE session SET micro_dollars = CAST(round(cost * 1000000) AS INTEGER) WHERE cost > 0",
    *(
        statement
        for table in ("user", "session")
        for statement in (
            f"ALTER TABLE {table} DROP COLUMN cost",
            f"ALTER TABLE {table} ADD COLUMN cost REAL GENERATED ALWAYS AS (micro_dollars / 1000000.0) VIRTUAL",
        )
    ),
    "UPDATE user SET is_unpriced = 1 WHERE discord_user_id IN (SELECT asker FROM turn WHERE is_unpriced = 1)",
    "UPDATE session SET is_unpriced = 1 WHERE id IN (SELECT session FROM turn WHERE is_unpriced = 1)",
)

_LEDGER: Final = (
    # One row for each attempt, in the figures of the model's server or, where it did not count, as estimated. It names turns and
    # sessions without referring to them: figures stay when what was said is erased.
    """
    CREATE TABLE ledger (
        id INTEGER PRIMARY KEY,
        time REAL NOT NULL,
        turn INTEGER NOT NULL,
        attempt INTEGER NOT NULL,
        purpose TEXT NOT NULL,
        session INTEGER,
        asker INTEGER NOT NULL,
        guild INTEGER,
        model TEXT NOT NULL,
        input_tokens INTEGER NOT NULL,
        output_tokens INTEGER NOT NULL,
        cached_tokens INTEGER NOT NULL DEFAULT 0,
        image_input_tokens INTEGER NOT NULL DEFAULT 0,
        image_output_tokens INTEGER NOT NULL DEFAULT 0,
        audio_input_tokens INTEGER NOT NULL DEFAULT 0,
        pictures INTEGER NOT NULL DEFAULT 0,
        audio_ms INTEGER NOT NULL DEFAULT 0,
        characters INTEGER NOT NULL DEFAULT 0,
        is_estimated INTEGER NOT NULL DEFAULT 0,
        micro_dollars INTEGER
    ) STRICT
    """,
    # What was used until now stands in the turns, all attempts of each together.
    """
    INSERT INTO ledger (time, turn, attempt, purpose, session, asker, guild, model, input_tokens, output_tokens, is_estimated,
        micro_dollars)
    SELECT coalesce(end_time, create_time), id, attempt, 'answer', session, asker, guild, coalesce(model, ''),
        coalesce(input_tokens, 0), coalesce(output_tokens, 0), tokens_are_estimated, iif(is_unpriced, NULL, micro_dollars)
    FROM turn WHERE input_tokens IS NOT NULL ORDER BY id
    """,
    # What a request that is under way may use at most, of whom: it counts as used until it is over.
    """
    CREATE TABLE reservation (
        turn INTEGER NOT NULL,
        purpose TEXT NOT NULL,
        attempt INTEGER NOT NULL,
        time REAL NOT NULL,
        session INTEGER NOT NULL,
        asker INTEGER NOT NULL,
        guild INTEGER,
        roles TEXT NOT NULL,
        model TEXT NOT NULL,
        tokens INTEGER NOT NULL,
        micro_dollars INTEGER NOT NULL,
        asked_bytes INTEGER NOT NULL,
        used TEXT NOT NULL,
        most TEXT NOT NULL,
        PRIMARY KEY (turn, purpose)
    ) STRICT, WITHOUT ROWID
    """,
    # The ledger's totals by day, in days since 1970 (UTC): of each person, role and server by its id, and of all (0).
    """
    CREATE TABLE spent (
        scope TEXT NOT NULL CHECK (scope IN ('user', 'role', 'server', 'all')),
        id INTEGER NOT NULL,
        day INTEGER NOT NULL,
        tokens INTEGER NOT NULL,
        micro_dollars INTEGER NOT NULL,
        is_unpriced INTEGER NOT NULL,
        PRIMARY KEY (scope, id, day)
    ) STRICT, WITHOUT ROWID
    """,
    """
    INSERT INTO spent (scope, id, day, tokens, micro_dollars, is_unpriced)
    SELECT 'user', asker, CAST(time / 86400 AS INTEGER), sum(input_tokens + output_tokens), coalesce(sum(micro_dollars), 0),
        max(micro_dollars IS NULL) FROM ledger GROUP BY 2, 3
    """,
    """
    INSERT INTO spent (scope, id, day, tokens, micro_dollars, is_unpriced)
    SELECT 'server', guild, CAST(time / 86400 AS INTEGER), sum(input_tokens + output_tokens), coalesce(sum(micro_dollars), 0),
        max(micro_dollars IS NULL) FROM ledger WHERE guild IS NOT NULL GROUP BY 2, 3
    """,
    """
    INSERT INTO spent (scope, id, day, tokens, micro_dollars, is_unpriced)
    SELECT 'all', 0, CAST(time / 86400 AS INTEGER), sum(input_tokens + output_tokens), coalesce(sum(micro_dollars), 0),
        max(micro_dollars IS NULL) FROM ledger GROUP BY 3
    """,
    # By how much an admin raised a person's budgets, for the day and the month that began with these days.
    """
    CREATE TABLE budget_raise (
        id INTEGER PRIMARY KEY,
        time REAL NOT NULL,
        person INTEGER NOT NULL,
        admin INTEGER NOT NULL,
        day INTEGER NOT NULL,
        month INTEGER NOT NULL,
        tokens INTEGER NOT NULL,
        micro_dollars INTEGER NOT NULL
    ) STRICT
    """,
    "CREATE INDEX budget_raise_of_person ON budget_raise (person, month, day)",
    "CREATE INDEX member_of_user ON member (user)",
)

_ANSWERS_ARE_SPOKEN: Final = (
    # Whether the person wants to hear answers, too.
    "ALTER TABLE user ADD COLUMN speaks INTEGER NOT NULL DEFAULT 0",
    # Answers that are read aloud; `storage/speech.py` has the states. `message_id` is the voice message that holds one.
    """
    CREATE TABLE speech (
        turn INTEGER PRIMARY KEY REFERENCES turn (id) ON DELETE CASCADE,
        state TEXT NOT NULL DEFAULT 'wanted',
        tries INTEGER NOT NULL DEFAULT 0,
        name TEXT NOT NULL DEFAULT '',
        content BLOB,
        seconds REAL NOT NULL DEFAULT 0,
        waveform TEXT NOT NULL DEFAULT '',
        message_id INTEGER
    ) STRICT
    """,
    "CREATE INDEX speech_of_state ON speech (state, turn)",
    "CREATE INDEX speech_message ON speech (message_id) WHERE message_id IS NOT NULL",
)

_FILES_OF_QUESTIONS: Final = (
    # `turn` is the one that first asked the question, `person` its author, `bytes` what it takes of the disk. `is_removed`: no
    # row needs it, and it is still to be removed from the disk.
    """
    CREATE TABLE kept_file (
        name TEXT PRIMARY KEY,
        session INTEGER NOT NULL,
        turn INTEGER NOT NULL,
        person INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        is_removed INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX kept_file_of_session ON kept_file (session) WHERE is_removed = 0",
    "CREATE INDEX kept_file_of_turn ON kept_file (turn) WHERE is_removed = 0",
    "CREATE INDEX kept_file_to_remove ON kept_file (name) WHERE is_removed = 1",
    # The bytes of the files that are kept for a person.
    "ALTER TABLE user ADD COLUMN kept_bytes INTEGER NOT NULL DEFAULT 0",
    # What the files are called that no model was shown, and why, as JSON.
    "ALTER TABLE turn ADD COLUMN left_out TEXT NOT NULL DEFAULT ''",
    "UPDATE turn SET reason = 'only_files' WHERE reason = 'only_voice'",
)

_SESSIONS_ARE_COUNTED: Final = (
    "ALTER TABLE user ADD COLUMN sessions INTEGER NOT NULL DEFAULT 0",
    # The newest session that the person ever began: no number is given twice, so a later one has a higher number.
    "ALTER TABLE user ADD COLUMN newest_session INTEGER NOT NULL DEFAULT 0",
    """
    UPDATE user SET
        sessions = (SELECT count(*) FROM session WHERE creator = discord_user_id AND is_removed = 0),
        newest_session = (SELECT coalesce(max(id), 0) FROM session WHERE creator = discord_user_id)
    """,
    # Triggers, because nothing that writes to `session`, an operator's own statement included, can then forget to count.
    """
    CREATE TRIGGER session_begun AFTER INSERT ON session BEGIN
        UPDATE user SET sessions = sessions + (NEW.is_removed = 0), newest_session = max(newest_session, NEW.id)
        WHERE discord_user_id = NEW.creator;
    END
    """,
    """
    CREATE TRIGGER session_removed AFTER UPDATE OF is_removed, creator ON session
    WHEN NEW.is_removed != OLD.is_removed OR NEW.creator != OLD.creator BEGIN
        UPDATE user SET sessions = sessions - (OLD.is_removed = 0) WHERE discord_user_id = OLD.creator;
        UPDATE user SET sessions = sessions + (NEW.is_removed = 0), newest_session = max(newest_session, NEW.id)
        WHERE discord_user_id = NEW.creator;
    END
    """,
    """
    CREATE TRIGGER session_deleted AFTER DELETE ON session BEGIN
        UPDATE user SET sessions = sessions - (OLD.is_removed = 0) WHERE discord_user_id = OLD.creator;
    END
    """,
)

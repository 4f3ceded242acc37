"""The statements of the later migrations: money, answers read aloud, files, counts, forgetting. `storage/schema.py` applies them."""

from typing import Final

MICRO_DOLLARS: Final = (
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

LEDGER: Final = (
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

ANSWERS_ARE_SPOKEN: Final = (
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

FILES_OF_QUESTIONS: Final = (
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

SESSIONS_ARE_COUNTED: Final = (
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

PEOPLE_ARE_FORGOTTEN: Final = (
    # `time` is when they wanted it, in seconds since 1970; what is newer than the two newest of then stays. `is_listed`: they
    # stand in the list beside the database, by which a restored backup forgets them again.
    """
    CREATE TABLE forgetting (
        person INTEGER PRIMARY KEY,
        time REAL NOT NULL,
        newest_turn INTEGER NOT NULL,
        newest_session INTEGER NOT NULL,
        is_listed INTEGER NOT NULL DEFAULT 0
    ) STRICT
    """,
    # The day, in days since 1970, on which what they used in the month in which they were forgotten is erased, too.
    "CREATE TABLE spent_of_forgotten (person INTEGER PRIMARY KEY, until_day INTEGER NOT NULL) STRICT",
    # A row: erased text may still lie in parts of the file that SQLite does not use.
    "CREATE TABLE untidy (since REAL NOT NULL) STRICT",
    "CREATE INDEX session_of_person ON session (creator)",
    "CREATE INDEX session_by_use ON session (update_time) WHERE is_removed = 0",
    "CREATE INDEX ledger_of_asker ON ledger (asker)",
)

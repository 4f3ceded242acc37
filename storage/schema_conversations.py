"""The statements of the migrations up to bounded work: people, sessions, turns, notes. `storage/schema.py` applies them."""

from typing import Final

FIRST: Final = (
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

SECOND: Final = (
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

THIRD: Final = (
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

FIFTH: Final = (
    "DROP INDEX turn_of_asker",
    "CREATE INDEX turn_of_asker ON turn (asker, cause, input_tokens, output_tokens, tokens_are_estimated, cost)",
    # Without it, whether a turn is its session's first, and what a session that is removed holds, was looked for among
    # all turns there are.
    "CREATE INDEX turn_of_session ON turn (session, cause, input_tokens, output_tokens, tokens_are_estimated, cost)",
)

FIRST_MINUTES: Final = (
    # The newest text of a question that was edited when its model had been asked already; a retry asks this.
    "ALTER TABLE turn ADD COLUMN edited TEXT",
    # The permissions that the bot lacks in a channel, as Discord's bits, and when that was learnt.
    "ALTER TABLE channel ADD COLUMN lacks INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE channel ADD COLUMN lacks_time REAL NOT NULL DEFAULT 0",
    # Whoever has no current session begins one, so that no question is refused for want of one any more.
    "UPDATE turn SET reason = 'session_closed' WHERE owed = 1 AND reason = 'no_session'",
    "UPDATE turn SET reason = 'no_question' WHERE owed = 1 AND reason = 'nothing_to_ask'",
)

BOUNDED_WORK: Final = (
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

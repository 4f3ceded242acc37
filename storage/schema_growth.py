"""The statements of migrations that keep a database of many years quick. `storage/schema.py` applies them."""

from typing import Final

FILES_THAT_REMAIN: Final = (
    # Why a file that is to be removed could not be deleted from the disk; empty where nothing is wrong.
    "ALTER TABLE kept_file ADD COLUMN problem TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX kept_file_that_remains ON kept_file (name) WHERE problem != ''",
)

COUNTS_AND_PERIODS: Final = (
    # How many questions a person has asked, but for those that were refused: `/privacy` says it, and somebody may have asked very many.
    "ALTER TABLE user ADD COLUMN questions INTEGER NOT NULL DEFAULT 0",
    """
    UPDATE user SET questions = (
        SELECT count(*) FROM turn WHERE asker = discord_user_id AND kind = 'question' AND state != 'refused'
    )
    """,
    # Whoever asks in a session of a channel need not be known; later they may be.
    """
    CREATE TRIGGER user_met AFTER INSERT ON user BEGIN
        UPDATE user SET questions = (
            SELECT count(*) FROM turn WHERE asker = NEW.discord_user_id AND kind = 'question' AND state != 'refused'
        ) WHERE discord_user_id = NEW.discord_user_id;
    END
    """,
    """
    CREATE TRIGGER question_asked AFTER INSERT ON turn WHEN NEW.kind = 'question' AND NEW.state != 'refused' BEGIN
        UPDATE user SET questions = questions + 1 WHERE discord_user_id = NEW.asker;
    END
    """,
    """
    CREATE TRIGGER question_changed AFTER UPDATE OF asker, state ON turn
    WHEN NEW.kind = 'question' AND (NEW.asker != OLD.asker OR (NEW.state = 'refused') != (OLD.state = 'refused')) BEGIN
        UPDATE user SET questions = questions - (OLD.state != 'refused') WHERE discord_user_id = OLD.asker;
        UPDATE user SET questions = questions + (NEW.state != 'refused') WHERE discord_user_id = NEW.asker;
    END
    """,
    """
    CREATE TRIGGER question_deleted AFTER DELETE ON turn WHEN OLD.kind = 'question' AND OLD.state != 'refused' BEGIN
        UPDATE user SET questions = questions - 1 WHERE discord_user_id = OLD.asker;
    END
    """,
    # What was used in a period, and raises for one, were looked for among those of all years.
    "CREATE INDEX spent_of_day ON spent (scope, day)",
    "CREATE INDEX budget_raise_of_day ON budget_raise (day, person)",
    "CREATE INDEX budget_raise_of_month ON budget_raise (month, person)",
    "CREATE INDEX budget_raise_of_admin ON budget_raise (admin)",
)

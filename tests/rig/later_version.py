"""`python -m tests.rig.later_version run`: the bot of a later version, which changes the tables once more."""

import sys

from sqlite_utils.db import Database

from cli import main
from storage import schema, schema_names

vars(schema_names).update(MIGRATIONS=(*schema_names.MIGRATIONS, "of_a_later_version"))


@schema.migrations()
def of_a_later_version(db: Database) -> None:
    """Make a table that no version of today knows."""
    db.execute("CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT")


if __name__ == "__main__":
    sys.exit(main())

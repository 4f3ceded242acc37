"""What survives: one SQLite file, written by one connection, through verbs that are each one transaction."""

"""What survives a restart: one SQLite file, written by one connection, one transaction for each verb or batch of verbs."""

"""What the schema's migrations are called, in their order; `storage/schema.py` has what each does.

They stand apart from it because a process that finds all of them applied needs nothing of what applies them, which takes 4 MB.
"""

from typing import Final

APPLICATION_ID: Final = 1_128_355_155
""""CAUS": how a Causerie database is told from any other SQLite file (SQLite: PRAGMA application_id)."""

MIGRATION_SET: Final = "causerie"

MIGRATIONS: Final = (
    "people_sessions_turns",
    "people_rights_panels",
    "nothing_is_lost",
    "what_was_asked",
    "usage_is_shown",
    "files_of_answers",
    "quarantined_is_the_word",
    "first_minutes",
    "what_questions_enclose",
    "bounded_work",
    "what_models_reasoned",
    "notes_and_servers_are_found",
    "money_in_micro_dollars",
    "reasoning_of_owners",
    "choices_of_sessions",
    "what_moderation_found",
    "every_attempt_is_booked",
    "answers_are_spoken",
    "vectors_of_texts",
    "files_of_questions",
    "answers_have_files_on_disk",
    "sessions_are_counted",
    "languages",
    "sessions_of_channels",
    "writes_into_caches",
    "bot_of_these_data",
    "people_are_forgotten",
    "waiting_is_said",
    "counts_and_periods",
    "nothing_from_before",
    "files_that_remain",
)

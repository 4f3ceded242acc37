"""What an export reads in one transaction is bounded, however much somebody has said, and together it is everything."""

import json
from collections import defaultdict

from messages.verbs.person_data import CollectPersonData, Cursor
from storage.sqlite import SqliteStore
from tests.storage.people import ALICE, BOB, accept, finish, set_status, store, take
from tests.storage.test_forgetting import alice_joins, public_of_bob

CHARS_AT_ONCE = 1_000_000
LONG = 400_000
COUNT = 8


def pages(rows: SqliteStore) -> dict[str, str]:
    """Read all pages of Alice's, none of which is too long, and return the files."""
    files: dict[str, str] = defaultdict(str)
    at: Cursor | None = Cursor()
    while at is not None:
        page = rows.perform(CollectPersonData(person=ALICE, at=at))
        # The row with which a page is full may be as long as a question and its answer are.
        assert sum(len(entry.text) for entry in page.entries) < CHARS_AT_ONCE + 3 * LONG
        for entry in page.entries:
            files[entry.path] += entry.text
        at = page.next
    return files


def questions(text: str) -> list[str]:
    return [row["text"][:9] for row in map(json.loads, text.splitlines()) if row.get("role") == "user"]


def test_long_questions_are_read_in_pieces_and_none_is_left_out() -> None:
    """In one's own sessions, in those of others, and where there was no answer."""
    rows = store()
    bobs = public_of_bob(rows)
    set_status(rows, "activate")
    for number in range(11, 11 + COUNT):
        own = accept(rows, number, f"Own {number:5}" + "x" * LONG).session
        finish(rows, take(rows, own))
    for number in range(101, 101 + COUNT):
        accept(rows, number, f"Late {number:4}" + "x" * LONG)
    alice_joins(rows, bobs, 200)
    for number in range(301, 301 + COUNT):
        finish(rows, take(rows, accept(rows, number, f"Else {number:4}" + "x" * LONG).session))
    files = pages(rows)
    (own_file,) = (text for path, text in files.items() if path.startswith("sessions/"))
    assert questions(own_file) == [f"Own {number:5}" for number in range(11, 11 + COUNT)]
    assert questions(files["elsewhere.jsonl"]) == [f"Else {number:4}" for number in range(301, 301 + COUNT)]
    late = [json.loads(line)["question"][:9] for line in files["unanswered.jsonl"].splitlines()]
    assert late == [f"Late {number:4}" for number in range(101, 101 + COUNT)]


def test_what_others_used_and_what_was_not_answered_to_them_is_theirs() -> None:
    """Each row of the ledger and each unanswered question is the person's own."""
    rows = store()
    for number, person in enumerate((ALICE, BOB)):
        set_status(rows, "activate", user=person)
        session = accept(rows, 10 * number + 1, author=person).session
        finish(rows, take(rows, session))
        accept(rows, 10 * number + 2, f"Waits for {person}", author=person)
    files = pages(rows)
    assert {json.loads(line)["asker"] for line in files["ledger.jsonl"].splitlines()} == {ALICE}
    assert [json.loads(line)["question"] for line in files["unanswered.jsonl"].splitlines()] == [f"Waits for {ALICE}"]

"""What models used since the ledger was read last, for metrics."""

from messages.verbs.model_usage import ReadUsage, UsageRead, Used
from storage.unit_of_work import UnitOfWork, Verbs

_USED = (
    "SELECT model, sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens, sum(pictures) AS pictures,"
    " sum(audio_ms) AS audio_ms, coalesce(sum(micro_dollars), 0) AS micro_dollars, sum(micro_dollars IS NULL) AS unpriced"
    " FROM ledger WHERE id > ? AND id <= ? GROUP BY model ORDER BY model"
)


def read_usage(unit: UnitOfWork, verb: ReadUsage) -> UsageRead:
    """Return what is new in the ledger, and how many turns wait; writes nothing."""
    newest = unit.one("SELECT coalesce(max(id), 0) AS id FROM ledger")
    waiting = unit.one("SELECT count(*) AS waiting FROM turn WHERE state = 'queued'")
    last = 0 if newest is None else int(newest["id"])
    rows = [] if verb.after is None else unit.all(_USED, verb.after, last)
    used = tuple(Used(**{name: row[name] for name in Used.__struct_fields__}) for row in rows)
    return UsageRead(used=used, last=last, waiting=0 if waiting is None else int(waiting["waiting"]))


VERBS: Verbs = {ReadUsage: read_usage}

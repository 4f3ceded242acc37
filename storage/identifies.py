"""When the bot identified itself to Discord's gateway, kept across restarts because Discord limits it per day."""

from messages.verbs.identifies import IdentifiesSince, RecordIdentify
from storage.unit_of_work import UnitOfWork, Verbs


def identifies_since(unit: UnitOfWork, verb: IdentifiesSince) -> tuple[float, ...]:
    """Return when the bot identified itself since then, oldest first."""
    return tuple(float(row["at"]) for row in unit.all("SELECT at FROM identify WHERE at > ? ORDER BY at", verb.since_s))


def record_identify(unit: UnitOfWork, verb: RecordIdentify) -> None:
    """Record that the bot is about to identify itself, and delete records that are too old to count; writes."""
    unit.run("DELETE FROM identify WHERE at < ?", verb.forget_before_s)
    unit.run("INSERT INTO identify (at) VALUES (?)", verb.at_s)


VERBS: Verbs = {IdentifiesSince: identifies_since, RecordIdentify: record_identify}

"""When sessions were asked of Discord's gateway, across restarts."""

from messages.verbs.identifies import IdentifiesSince, RecordIdentify
from storage.unit_of_work import UnitOfWork, Verbs


def identifies_since(unit: UnitOfWork, verb: IdentifiesSince) -> tuple[float, ...]:
    """When they were made, oldest first."""
    return tuple(float(row["at"]) for row in unit.all("SELECT at FROM identify WHERE at > ? ORDER BY at", verb.since_s))


def record_identify(unit: UnitOfWork, verb: RecordIdentify) -> None:
    """Note one; writes, and forgets old ones."""
    unit.run("DELETE FROM identify WHERE at < ?", verb.forget_before_s)
    unit.run("INSERT INTO identify (at) VALUES (?)", verb.at_s)


VERBS: Verbs = {IdentifiesSince: identifies_since, RecordIdentify: record_identify}

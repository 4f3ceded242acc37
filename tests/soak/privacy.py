"""Checks that nobody saw what is not theirs, was notified, or was left without an answer."""

from sandbox.discord.permissions import VIEW_CHANNEL, may
from tests.rig.town import wrong_with
from tests.soak import words
from tests.soak.ledger import Asked
from tests.soak.town import Town


class Privacy:
    """Judges what people could see since it judged last."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._ledger = town.ledger
        self._log_read = 0

    def judge(self) -> None:
        """Note what is broken; forget what was judged."""
        town, ledger = self._town, self._ledger
        for request in town.discord.requests:
            for word in {found.replace("k", "K").replace("X", "x") for found in words.CANARY.findall(request.text)}:
                if word in ledger.visiting:
                    continue
                if word not in ledger.asked:
                    ledger.break_("other", f"shown of who was forgotten: {request.method} {request.path} {word}")
                    continue
                strangers = request.audience - self._may_see(ledger.asked[word])
                if strangers:
                    ledger.break_(
                        "other", f"{strangers} saw {word}: {request.method} {request.path} {request.text[:300]!r}"
                    )
        for wrong in {found for request in town.discord.requests if (found := wrong_with(request))}:
            ledger.break_("other", f"a request that no document allows: {wrong}")
        at_commands = sum(request.path.endswith("/commands") for request in town.discord.too_many)
        ledger.figures.too_many_commands += at_commands
        ledger.figures.too_many += len(town.discord.too_many) - at_commands
        if town.discord.pings:
            ledger.break_("other", f"people were pinged: {town.discord.pings[:5]}")
        for wrong in (*town.discord.unknown_routes, *town.model.unknown_routes, *town.model.complaints):
            ledger.break_("other", f"a request that nobody knows: {wrong}")
        for deed in ledger.deeds:
            if deed.interaction.failed and not ledger.was_disturbed(deed.at_s, deed.at_s + 3.5):
                ledger.break_("other", f"{deed.what} by {deed.interaction.person.name} was not answered")
        self._log()
        ledger.deeds.clear()
        town.discord.pings.clear()
        town.discord.unknown_routes.clear()
        town.discord.requests.clear()
        town.discord.too_many.clear()
        sessions = town.discord.gateway.sessions
        for key in [key for key, session in sessions.items() if not session.connected]:
            del sessions[key]

    def _may_see(self, asked: Asked) -> set[int]:
        """Whom a question and its answer may reach: who sees where it was asked, and who may see its session."""
        world = self._town.discord.world
        people = world.users.values()
        if not asked.of.private:
            return set(world.users)
        here = {user.id for user in people if may(user, asked.message.channel, VIEW_CHANNEL)}
        return here | {asked.of.person.id, asked.by.person.id}

    def _log(self) -> None:
        with self._town.bot.log.open("rb") as log:
            log.seek(self._log_read)
            text = log.read().decode(errors="replace")
            self._log_read = log.tell()
        at = next((text.find(word) for word in ("Traceback", ".crashed", "Exception") if word in text), None)
        if at is not None:
            self._ledger.break_("other", f"in the log: {text[max(0, at - 500) : at + 2500]}")
        if words.CANARY.search(text):
            self._ledger.break_("other", "chat text stands in the log")

"""Checks that the files on disk are those that the rows keep, and that each is needed by something."""

from typing import Final

from tests.soak import rows
from tests.soak.town import Town

_UNNEEDED: Final = """
SELECT name FROM kept_file WHERE is_removed = 0
 AND NOT EXISTS (SELECT 1 FROM turn WHERE turn.root = kept_file.turn AND instr(coalesce(enclosed, '') || coalesce(edited, ''), name) > 0)
 AND NOT EXISTS (SELECT 1 FROM utterance WHERE utterance.session = kept_file.session AND instr(enclosed, name) > 0)
 AND NOT EXISTS (SELECT 1 FROM answer_file JOIN turn ON turn.id = answer_file.turn WHERE stored = kept_file.name AND turn.owed = 1)
"""


class Folder:
    """Judges `CAUSERIE_DATA/files` when everything is finished."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._told: set[str] = set()
        """Files that were told of: each is wrong from then on."""

    def judge(self) -> None:
        """Note what is broken."""
        bot, ledger = self._town.bot, self._town.ledger
        on_disk = bot.files
        kept = rows.kept_files(bot)
        if lost := kept - on_disk - self._told:
            ledger.break_("lost", f"files that rows keep are not on disk: {sorted(lost)}")
        if left := on_disk - kept - self._told:
            ledger.break_("other", f"files are left over on disk: {sorted(left)}")
        unneeded = {name for (name,) in bot.rows(_UNNEEDED)} - self._told
        if unneeded:
            ledger.break_("other", f"files are kept for nothing: {sorted(unneeded)}")
        self._told |= lost | left | unneeded
        wrong = bot.rows(
            "SELECT discord_user_id, kept_bytes FROM user WHERE kept_bytes !="
            " (SELECT coalesce(sum(bytes), 0) FROM kept_file WHERE person = discord_user_id AND is_removed = 0)"
        )
        if wrong:
            ledger.break_("other", f"what is kept for people is counted wrongly: {wrong}")

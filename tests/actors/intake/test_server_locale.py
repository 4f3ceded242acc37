"""What the intake's core does with a message that is no event of a channel."""

import math

from actors.intake.core import IntakeCore
from actors.intake.effects import Arrived, Record
from current import Fixed
from messages.ids import GuildId
from messages.intake import ServerLocale
from messages.verbs.channels import RememberServerLocale


def test_a_servers_language_is_recorded_and_holds_nothing_up() -> None:
    """Storage may be down then: it is kept until it can be stored."""
    core = IntakeCore(missed_age_s=Fixed(math.inf), reads_per_s=Fixed(math.inf))
    effects = core.receive(Arrived((ServerLocale(guild_id=GuildId(3001), locale="zh-CN"),)), 0.0, 0.0)
    assert effects == [Record(RememberServerLocale(guild_id=GuildId(3001), locale="zh-CN"), is_durable=True)]
    assert core.tick_at_s() is None

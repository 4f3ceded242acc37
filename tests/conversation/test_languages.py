"""Each person is answered in the language in which they use Discord, and a place in which others read too in its server's."""

from typing import Any

from tests.rig.town import Town

EVERYBODYS, CHINESE = "en-US", "zh-CN"


async def test_a_notice_is_in_the_language_of_its_server_or_of_its_asker_where_the_server_has_chosen_none(
    town: Town,
) -> None:
    """The button *Stop* of a draft is read by everybody in the channel; in direct messages by one person alone."""
    town.alice.user.locale = CHINESE
    await town.start()
    await town.set_status(town.alice, "new")
    await town.set_status(town.bob, "new")
    assert await stop_label(town, town.alice, town.general) == "停止"
    assert await stop_label(town, town.bob, town.general) == "Stop"
    town.discord.change_locale(EVERYBODYS)
    await town.until(lambda: town.rows("SELECT locale FROM server") == [(EVERYBODYS,)])
    assert await stop_label(town, town.alice, town.general) == "Stop"
    assert await stop_label(town, town.alice, town.alice.direct_messages) == "停止"


async def stop_label(town: Town, person: Any, channel: Any) -> str:
    """Return what the button below a draft is called."""
    gate = town.model.gate("comets")
    question = await person.say(channel, "Tell me of comets")
    await gate.reached()
    gate.release()
    await town.until(lambda: town.replies(question) and town.replies(question)[0].controls())
    label = town.replies(question)[0].controls()[0]["label"]
    gate.finish()
    await town.answered(question)
    return str(label)

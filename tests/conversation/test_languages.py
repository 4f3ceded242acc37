"""Each person is answered in the language in which they use Discord, and a place in which others read too in its server's."""

from functools import partial
from typing import Any

import pytest

from sandbox.discord import Message
from tests.conversation.panels import done, fields, private, rows
from tests.rig.town import Town
from texts.say import locale_for, say

CHINESE, ENGLISH = "zh-CN", "en-US"
GUIDE = "https://example.org/guide#start"


async def panel_of(town: Town, person: Any, channel: Any = None, **options: Any) -> Message:
    """Use `/user` and return its panel."""
    return await town.seen(await person.command(channel or town.general, "user", **options))


async def switch_on(town: Town, person: Any) -> Message:
    """Have a person choose the status `new`, by the button as it is called in their language; returns the panel."""
    panel = await panel_of(town, person)
    return await town.seen(await person.press(panel, say("button.new", locale_for(person.user.locale))))


async def stopped(town: Town, person: Any, channel: Any) -> tuple[str, str]:
    """Ask something and stop the answer; returns what the button was called, and what stands below the answer then."""
    gate = town.model.gate("comets")
    question = await person.say(channel, "Tell me of comets")
    await gate.reached()
    gate.release()
    await town.until(lambda: town.replies(question) and town.replies(question)[0].controls())
    (reply,) = town.replies(question)
    (button,) = reply.controls()
    await person.press(reply, button["custom_id"])
    await town.until(lambda: "\n-# " in reply.content and len(reply.controls()) > 1)
    gate.finish()
    return button["label"], reply.content.rpartition("\n-# ")[2]


STOPPED = {
    CHINESE: ("停止", "已停止。点**继续**接着往下写，点**重试**从头再来。"),
    ENGLISH: ("Stop", "Stopped. Press **Continue** to go on from here, or **Retry** to start over."),
}


async def test_two_people_in_one_server_see_each_their_own_language_also_after_a_restart(town: Town) -> None:
    """Panels, forms, refusals and hints are one person's; so are notices where the server has chosen no language."""
    town.alice.user.locale = CHINESE
    await town.start()
    for life in range(2):
        chinese, english = await switch_on(town, town.alice), await switch_on(town, town.bob)
        assert "**状态**：新会话 — 每条消息都新开一个会话" in chinese.content
        assert "**Status**: new — each message starts a new session" in english.content
        assert rows(chinese)[0] == ["显示公开会话", "新会话后接着聊", "清空", "编辑"]
        assert rows(english)[0] == ["Show public", "Attach", "Clear", "Edit"]
        form = await done(town, await town.alice.press(chinese, "编辑"))
        assert form.modal is not None
        assert form.modal["title"] == "你的设置"
        assert await fields(town, await town.bob.press(english, "Edit")) == ["system_msg", "max_token", "temperature"]
        for person, sentence in ((town.alice, "你的列表里没有这个会话。"), (town.bob, "There is no such session")):
            refused = await town.seen(await person.command(town.general, "session", session="zzz"))
            assert refused.content.startswith(sentence)
        assert await stopped(town, town.alice, town.general) == STOPPED[CHINESE]
        assert await stopped(town, town.bob, town.general) == STOPPED[ENGLISH]
        if not life:
            await town.kill()
            await town.start()


@pytest.mark.parametrize("chosen", [CHINESE, ENGLISH])
async def test_what_others_read_too_is_in_the_language_that_the_server_has_chosen(town: Town, chosen: str) -> None:
    """Whoever asks; in direct messages nobody else reads. A person's own messages stay theirs. A restart forgets nothing."""
    town.alice.user.locale = CHINESE
    await town.start()
    await switch_on(town, town.alice)
    await switch_on(town, town.bob)
    town.discord.change_locale(chosen)
    await town.until(lambda: town.rows("SELECT locale FROM server") == [(chosen,)])
    for life in range(2):
        assert await stopped(town, town.alice, town.general) == STOPPED[chosen]
        assert await stopped(town, town.bob, town.general) == STOPPED[chosen]
        assert await stopped(town, town.alice, town.alice.direct_messages) == STOPPED[CHINESE]
        assert await stopped(town, town.bob, town.bob.direct_messages) == STOPPED[ENGLISH]
        assert "**模型**" in (await panel_of(town, town.alice)).content
        assert "**Model**" in (await panel_of(town, town.bob)).content
        if not life:
            await town.kill()
            await town.start()


async def test_nobodys_language_is_known_before_they_use_a_command(town: Town) -> None:
    """A message does not tell it: the first hint is in English. Its buttons tell it, and what follows is in that language."""
    town.alice.user.locale = CHINESE
    await town.start()
    call = await town.alice.say(town.alice.direct_messages, "Hello?")
    await town.until(lambda: town.replies(call))
    (hint,) = town.replies(call)
    assert hint.content.startswith("Hi! I answer only people who switch me on.")
    said = await town.seen(await town.alice.press(hint, "new"))
    assert said.content.startswith("你的状态现在是**新会话**：每条消息都新开一个会话。")
    assert await stopped(town, town.alice, town.alice.direct_messages) == STOPPED[CHINESE]
    town.alice.user.locale = "tlh"
    assert (await panel_of(town, town.alice)).content.startswith("**Name**")
    assert await stopped(town, town.alice, town.alice.direct_messages) == STOPPED[ENGLISH]


async def test_a_hint_is_in_the_language_of_somebody_who_is_known(town: Town) -> None:
    """With its buttons."""
    town.alice.user.locale = CHINESE
    await town.start()
    await panel_of(town, town.alice)
    call = await town.alice.say(town.general, f"{town.discord.world.bot.mention} 你好")
    await town.until(lambda: town.replies(call))
    (hint,) = town.replies(call)
    assert hint.content.startswith("你好！我只回答启用了我的人。")
    assert [button["label"] for button in hint.controls()] == ["新会话", "接着聊"]


async def test_help_explains_the_bot_in_each_persons_language_and_its_button_switches_on(town: Town) -> None:
    """Three lines that only who asked sees, the same as the hint's; what is pressed stands out, and the next message is answered."""
    town.config.write_text(f'{town.config.read_text()}\n[help]\nurl = "{GUIDE}"\n')
    town.alice.user.locale = CHINESE
    await town.start()
    for person, locale in ((town.alice, locale_for(CHINESE)), (town.bob, locale_for(ENGLISH))):
        shown = await town.seen(await person.command(town.general, "help"))
        assert shown.seen_only_by == person.user
        lines = [say("hint", locale), say("hint.session", locale), say("hint.commands", locale)]
        assert shown.content.splitlines() == lines
        assert rows(shown) == [[say("button.new", locale), say("button.activate", locale), say("button.more", locale)]]
        assert shown.controls()[-1]["url"] == GUIDE
        call = await person.say(town.general, f"{town.discord.world.bot.mention} hello?")
        await town.until(partial(town.replies, call))
        (hint,) = town.replies(call)
        assert hint.content.splitlines() == lines
        assert [button.get("url") for button in hint.controls()] == [None, None, GUIDE]
        redrawn = await town.seen(await person.press(shown, say("button.new", locale)))
        assert redrawn is shown
        assert redrawn.content.splitlines()[-3:] == lines
        assert [button["style"] for button in redrawn.controls()] == [1, 2, 5]
        await town.answered(await person.say(town.general, "What is a comet?"))


async def test_a_kill_amid_an_answer_does_not_change_its_language(town: Town) -> None:
    """What is shown at the next start is in the language of its place."""
    town.alice.user.locale = CHINESE
    await town.start()
    await switch_on(town, town.alice)
    gate = town.model.gate("moons")
    question = await town.alice.say(town.general, "Tell me of moons")
    await gate.reached()
    gate.release()
    await town.until(lambda: town.replies(question) and town.replies(question)[0].controls())
    await town.kill()
    gate.finish()
    town.model.script("moons", error="invalid_api_key")
    await town.start()
    await town.until(lambda: "不认机器人的 API 密钥" in "".join(town.shown(question)))


async def test_discord_lists_the_commands_in_both_languages(town: Town) -> None:
    """Discord shows each person their own; what they are called when they are typed is the same for everybody."""
    await town.start()
    commands = {command["name"]: command for command in town.discord.commands}
    assert commands["user"]["description_localizations"] == {CHINESE: "你的设置：启用或停用我，选择模型和会话"}
    assert commands["Show session"]["name_localizations"] == {CHINESE: "查看会话"}
    (option,) = [one for one in commands["user"]["options"] if one["name"] == "max_token"]
    assert option["name_localizations"] == {CHINESE: "回答长度上限"}


async def test_what_one_person_sees_in_the_channel_is_theirs_beside_what_others_see(town: Town) -> None:
    """The server reads English, and a private message in it is in the language of its reader."""
    town.alice.user.locale = CHINESE
    await town.start()
    town.discord.change_locale(ENGLISH)
    await town.until(lambda: town.rows("SELECT locale FROM server") == [(ENGLISH,)])
    panel = await panel_of(town, town.alice)
    assert private(town.alice, town.general)[-1] is panel
    assert panel.content.startswith("**名称**")

"""People who use a session that draws as nobody meant it, and several of them at once."""

from functools import partial

from tests.conversation.panels import open_session, press
from tests.conversation.test_drawing import EDITS, GENERATIONS, attached, kept, ready
from tests.conversation.test_drawing_faults import refused, says
from tests.conversation.test_pictures import png
from tests.rig.model.images import picture
from tests.rig.town import Town
from texts.english import ANSWERS


async def test_a_prompt_full_of_mentions_and_markdown_is_drawn_as_people_read_it(town: Town) -> None:
    """Names in place of ids; nobody is called, and nothing of it is text in the reply."""
    await ready(town)
    question = await town.alice.say(town.general, f"**Draw** <@{town.bob.id}> @everyone `x` ||spoiler|| [a](http://b)")
    assert await town.answered(question) == [""]
    drawn = "**Draw** @Bob @everyone `x` ||spoiler|| [a](http://b)"
    assert town.model.requests[0].body["prompt"] == drawn
    (attachment,) = town.replies(question)[0].attachments
    assert attachment["description"] == drawn


async def test_a_prompt_that_is_too_long_is_said_to_be(town: Town) -> None:
    """The bot's own bound costs no request; a server's smaller one costs one. The session goes on."""
    await ready(town)
    for length, requests in ((32_001, 0), (4_500, 1)):
        words = ("word " * length)[:length]
        message = "Invalid 'prompt': string too long. Expected a string with maximum length 4000."
        town.model.script(
            lambda request: "word" in request.text, **refused(400, code="string_above_max_length", message=message)
        )
        long = town.discord.attachment("message.txt", words.encode())
        question = await town.alice.say(town.general, attachments=[long])
        await town.until(partial(says, town, question, ANSWERS["text_too_long"]))
        assert len(town.model.requests) == requests
    assert await town.answered(await town.alice.say(town.general, "A comet")) == [""]


async def test_several_attached_pictures_are_joined(town: Town) -> None:
    """In their order, with one that lets the background through: masks are not told from pictures."""
    await ready(town)
    photos = [attached(town, f"{number}.png", png(number)) for number in (1, 2, 3)]
    question = await town.alice.say(town.general, "Join them", attachments=photos)
    assert await town.answered(question) == [""]
    (request,) = town.model.requests
    assert request.path == EDITS
    assert [(file.part, file.content) for file in request.files] == [("image[]", png(number)) for number in (1, 2, 3)]


async def test_two_questions_at_once_change_one_picture_after_the_other(town: Town) -> None:
    """One turn at a time: the second changes what the first one made, and both pictures stay."""
    await ready(town)
    gate = town.model.gate("comet")
    first = await town.alice.say(town.general, "A comet")
    await gate.reached()
    second = await town.alice.say(town.general, "Brighter")
    gate.finish()
    assert await town.answered(first) == await town.answered(second) == [""]
    assert [[file.content for file in request.files] for request in town.model.requests] == [[], [picture("A comet")]]
    assert kept(town) == sorted([picture("A comet"), picture("Brighter")])


async def test_a_private_sessions_picture_is_changed_by_nobody_else_wherever_it_is_shown(town: Town) -> None:
    """In a public session a reply changes its picture; once it is private, the owner's alone does, and others draw nothing of it."""
    await ready(town)
    await town.set_status(town.bob, "activate")
    first = await town.alice.say(town.general, "A comet")
    await town.answered(first)
    await town.answered(await town.bob.say(town.general, "Brighter", reply_to=town.replies(first)[0]))
    await press(town, town.alice, await open_session(town, town.alice), "Public: yes")
    shown = await town.alice.say(town.general, "Darker")
    await town.answered(shown)
    assert [[file.content for file in request.files] for request in town.model.requests] == [
        [],
        [picture("A comet")],
        [picture("Brighter")],
    ]
    stolen = await town.bob.say(town.general, "Larger", reply_to=town.replies(shown)[0])
    await town.until(lambda: town.shown(stolen) == [ANSWERS["session_closed"]])
    await town.answered(await town.bob.say(town.general, "Larger"))
    assert [request.path for request in town.model.requests[3:]] == [GENERATIONS]
    panel = await open_session(town, town.alice)
    await press(town, town.alice, await press(town, town.alice, panel, "Remove"), "Remove it")
    await town.until(lambda: kept(town) == [picture("Larger")])

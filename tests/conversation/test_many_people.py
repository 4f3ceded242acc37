"""Many people at once."""

from tests.rig.town import Town

PEOPLE = 20
QUESTIONS = 3


async def test_twenty_people_ask_three_questions_each_at_once(town: Town) -> None:
    """Each session in order, no overlap, no 429, nothing lost, nothing mixed up."""
    people = [town.discord.add_person(f"Person {number}") for number in range(PEOPLE)]
    channels = [town.discord.add_channel(f"room-{number}") for number in range(PEOPLE)]
    town.model.script("Question", tokens_per_s=100)
    await town.start()
    for person, channel in zip(people, channels, strict=True):
        await town.set_status(person, "new", channel=channel)
        await town.answered(await person.say(channel, f"I am {person.name}"))
        await town.set_status(person, "activate", channel=channel)
    asked = {
        (person.name, number): await person.say(channel, f"Question {number} of {person.name}")
        for number in range(QUESTIONS)
        for person, channel in zip(people, channels, strict=True)
    }
    for (name, number), question in asked.items():
        expected = f"You said: [{name}]: Question {number} of {name}"
        assert await town.answered(question, timeout_s=120) == [expected]
    for person in people:
        texts = [request.text for request in town.model.requests if request.text.startswith(f"[{person.name}]:")]
        assert texts[1:] == [f"[{person.name}]: Question {number} of {person.name}" for number in range(QUESTIONS)]
    overlaps = town.model.max_open_by(lambda request: request.text.partition("]")[0])
    assert set(overlaps.values()) == {1}
    assert not town.discord.too_many
    states = "SELECT state, count(*) FROM turn GROUP BY state"
    await town.until(lambda: town.rows(states) == [("delivered", PEOPLE * (QUESTIONS + 1))])


async def test_two_quick_messages_in_status_new_make_two_sessions(town: Town) -> None:
    """With *attach* off, as it is by default."""
    await town.start()
    await town.set_status(town.alice, "new")
    questions = [await town.alice.say(town.general, f"Quick {number}") for number in range(2)]
    for question in questions:
        await town.answered(question)
    assert town.rows("SELECT count(*) FROM session") == [(2,)]


async def test_an_event_that_comes_three_times_is_one_turn(town: Town) -> None:
    """Discord may send an event more than once."""
    await town.start()
    await town.set_status(town.alice, "new")
    town.discord.gateway.repeat("MESSAGE_CREATE", 3)
    question = await town.alice.say(town.general, "What is a comet?")
    assert await town.answered(question) == ["You said: [Alice]: What is a comet?"]
    assert len(town.model.requests) == 1

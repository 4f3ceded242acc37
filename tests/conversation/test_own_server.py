"""The operator named a server and no models: the bot offers what the server lists."""

from pathlib import Path

from tests.rig.town import town as a_town


async def test_a_server_of_ones_own_answers_without_a_list_of_models(tmp_path: Path) -> None:
    """Its address may lack the /v1, and its first model is the one that new sessions have."""
    async with a_town(tmp_path) as town:
        town.config.write_text("")
        town.model.base_url = town.model.base_url.removesuffix("/v1")
        await town.start()
        await town.set_status(town.alice, "new")
        question = await town.alice.say(town.general, "What is a comet?")
        await town.answered(question)
        (request,) = town.model.requests
        assert (request.path, request.model) == ("/v1/chat/completions", "gpt-4o-mini")

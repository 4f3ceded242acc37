"""The small Discord counts requests, announces its buckets and says 429. Discord, "Rate Limits"."""

import asyncio

from sandbox.discord import Bucket, Limits
from sandbox.discord.buckets import RateLimits
from sandbox.discord.limits import BUCKETS
from sandbox.discord.requests import Answer, Route
from tests.sandbox.discord_client import RawBot, Reply, raw_bot

# Windows that outlast any test, so that nothing depends on how quick a machine is.
LONG = Limits(buckets={name: Bucket(bucket.limit, 3600.0) for name, bucket in BUCKETS.items()})


ROUTE = Route("GET", "/a/{channel}", lambda _world, _call: Answer())


def passes(rates: RateLimits) -> bool:
    """Whether one more request of channel 1 goes through."""
    return rates.take(ROUTE, {"channel": "1"})[1] is None


def rate(reply: Reply) -> tuple[str, str]:
    """Remaining and limit, as announced."""
    return reply.headers["X-RateLimit-Remaining"], reply.headers["X-RateLimit-Limit"]


async def test_bucket_is_announced_and_then_refuses() -> None:
    """Sections "Header Format" and "Exceeding A Rate Limit"."""
    async with raw_bot(LONG) as bot:
        replies = [await bot.post(content="a") for _ in range(6)]
        assert [rate(reply) for reply in replies[:5]] == [(str(left), "5") for left in (4, 3, 2, 1, 0)]
        refused = replies[5]
        assert (refused.status, refused.body["global"], rate(refused)) == (429, False, ("0", "5"))
        assert 3500 < refused.body["retry_after"] <= 3600
        assert int(refused.headers["Retry-After"]) >= refused.body["retry_after"]
        assert refused.headers["X-RateLimit-Scope"] == "user"
        assert float(refused.headers["X-RateLimit-Reset-After"]) <= 3600
        assert [request.number for request in bot.discord.too_many] == [6]
        assert len(bot.discord.messages(bot.general)) == 5


async def test_channels_have_windows_of_their_own_and_routes_have_buckets_of_their_own() -> None:
    """Section "Rate Limits": top-level resources (channel ids) count separately; a hash names the bucket."""
    async with raw_bot(LONG) as bot:
        first = await bot.post(content="a")
        other = await bot.post(bot.discord.channel("random"), content="a")
        edited = await bot.patch(first.body["id"], content="b")
        assert (rate(other), rate(edited)) == (("4", "5"), ("4", "5"))
        assert first.headers["X-RateLimit-Bucket"] == other.headers["X-RateLimit-Bucket"]
        assert first.headers["X-RateLimit-Bucket"] != edited.headers["X-RateLimit-Bucket"]


async def test_adding_and_removing_reactions_share_a_bucket() -> None:
    """One reaction a quarter of a second a channel, whichever way."""
    async with raw_bot(LONG) as bot:
        question = await bot.alice.say(bot.general, "hello")
        path = f"/channels/{bot.general.id}/messages/{question.id}/reactions/👌/@me"
        assert (await bot.ask("PUT", path)).status == 204
        assert (await bot.ask("DELETE", path)).status == 429


def test_window_opens_again() -> None:
    """Section "Exceeding A Rate Limit": after `retry_after` the request goes through, not before."""
    now_s = 1000.0
    rates = RateLimits(Limits(buckets={"GET /a/{channel}": Bucket(1, 5.0)}), wall_s=lambda: now_s)
    assert passes(rates)
    now_s = 1004.9
    assert not passes(rates)
    now_s = 1005.0
    assert passes(rates)


def test_fifty_requests_a_second_pass() -> None:
    """Section "Global Rate Limit": 50 requests per second."""
    now_s = 1000.0
    rates = RateLimits(Limits(buckets={}), wall_s=lambda: now_s)
    assert [passes(rates) for _ in range(60)] == [True] * 50 + [False] * 10
    now_s = 1001.0
    assert passes(rates)


async def test_global_limit_spares_interactions() -> None:
    """Section "Global Rate Limit": 50 a second; "Interaction endpoints are not bound to the bot's Global Rate Limit"."""
    async with raw_bot(Limits(global_per_s=2, buckets={})) as bot:
        await bot.register({"name": "user", "description": "You"})
        entry = await bot.alice.command(bot.general, "user")
        replies: list[Reply] = []
        while not any(reply.status == 429 for reply in replies):
            replies = list(await asyncio.gather(*(bot.ask("GET", "/gateway/bot") for _ in range(10))))
        refused = next(reply for reply in replies if reply.status == 429)
        assert (refused.body["global"], refused.headers["X-RateLimit-Global"]) == (True, "true")
        assert refused.headers["X-RateLimit-Scope"] == "global"
        assert "X-RateLimit-Bucket" not in refused.headers
        assert (await bot.callback(entry, 4, content="a")).status == 204
        assert (await bot.ask("PATCH", bot.original(entry), {"content": "b"})).status == 200


async def test_asked_for_429_looks_like_discords() -> None:
    """A fault can stand for a limit that no header announced; `shared` and `global` are the other scopes."""
    async with raw_bot() as bot:
        bot.discord.fault("POST /channels/.*/messages", retry_after_s=7.5, scope="shared")
        refused = await bot.post(content="a")
        assert (refused.status, refused.body["retry_after"], refused.headers["Retry-After"]) == (429, 7.5, "8")
        assert refused.headers["X-RateLimit-Scope"] == "shared"
        assert (await bot.post(content="a")).status == 200


async def test_numbers_of_routes_are_kept() -> None:
    """Tests count what a bot asked."""
    async with raw_bot() as bot:
        await _two(bot)
        assert bot.discord.counts() == {"POST /channels/{channel}/messages": 2}
        assert [request.body for request in bot.discord.requests] == [{"content": "a"}, {"content": "b"}]


async def _two(bot: RawBot) -> None:
    for text in "ab":
        await bot.post(content=text)

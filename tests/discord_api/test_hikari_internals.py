"""Everything that `discord_api/hikari_internals.py` uses of hikari's private parts is there, and is as we expect it.

hikari may change it in any release. Whoever updates hikari and sees a test fail here looks at that file, at
`discord_api/lenient_messages.py` and at `discord_api/rest.py`.
"""

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

import hikari
import pytest
from hikari.impl import EntityFactoryImpl, EventManagerImpl, GatewayShardImpl, RESTClientImpl
from hikari.impl.buckets import RESTBucketManager
from hikari.internal.routes import GET_GATEWAY_BOT, CompiledRoute

from discord_api.hikari_internals import LenientBot, Shard, is_handled_by_hikari
from discord_api.rest import UnqueuedBuckets


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        (GatewayShardImpl._keep_alive, ["self"]),
        (GatewayShardImpl._connect, ["self"]),
        (GatewayShardImpl._send_json, ["self", "data", "priority"]),
        (RESTBucketManager.acquire_bucket, ["self", "compiled_route", "authentication"]),
        (
            RESTBucketManager.update_rate_limits,
            [
                *("self", "compiled_route", "authentication", "bucket_header", "remaining_header"),
                *("limit_header", "reset_at", "reset_after"),
            ],
        ),
        (RESTBucketManager.throttle, ["self", "retry_after"]),
        (EntityFactoryImpl.deserialize_message, ["self", "payload"]),
        (EntityFactoryImpl.deserialize_partial_message, ["self", "payload"]),
        (EventManagerImpl.consume_raw_event, ["self", "event_name", "shard", "payload"]),
        (EventManagerImpl.dispatch, ["self", "event", "return_tasks"]),
    ],
)
def test_each_method_that_is_overridden_or_wrapped_has_the_signature_that_we_expect(
    method: Callable[..., Any], parameters: list[str]
) -> None:
    assert list(inspect.signature(method).parameters) == parameters


@pytest.mark.parametrize(
    ("made", "names"),
    [
        (RESTBucketManager, {"max_rate_limit"}),
        (
            GatewayShardImpl,
            {
                *("event_manager", "event_factory", "http_settings", "proxy_settings", "intents"),
                *("token", "url", "shard_id", "shard_count"),
            },
        ),
        (
            RESTClientImpl,
            {
                *("cache", "entity_factory", "executor", "http_settings", "proxy_settings", "bucket_manager"),
                *("max_retries", "token", "token_type", "rest_url"),
            },
        ),
    ],
)
def test_each_constructor_takes_the_parameters_that_we_give_it(made: type, names: set[str]) -> None:
    assert names <= inspect.signature(made).parameters.keys()


@pytest.mark.parametrize(
    ("cls", "attribute"),
    [(GatewayShardImpl, "_seq"), (GatewayShardImpl, "_handshake_event"), (hikari.GatewayBot, "_entity_factory")],
)
def test_each_private_attribute_is_there(cls: type, attribute: str) -> None:
    assert attribute in cls.__slots__  # type: ignore[attr-defined]


def test_the_entity_factory_that_we_put_in_place_is_the_one_that_hikari_uses() -> None:
    factory = inspect.getsource(hikari.GatewayBot.entity_factory.fget)  # type: ignore[attr-defined]
    assert "return self._entity_factory" in factory


def test_the_tasks_of_a_shard_have_the_names_by_which_they_are_cancelled() -> None:
    source = inspect.getsource(GatewayShardImpl)
    assert 'name=f"heartbeat (shard {self._shard_id})"' in source
    assert 'name=f"poll events (shard {self._shard_id})"' in source


@pytest.mark.parametrize(
    ("name", "message", "handled"),
    [
        ("poll events (shard 0)", "ConnectionError exception in shielded future", True),
        ("poll events (shard 0)", "Task exception was never retrieved", False),
        ("a task of ours", "ConnectionError exception in shielded future", False),
    ],
)
async def test_only_what_a_shards_task_raises_behind_a_shield_is_handled_by_hikari(
    name: str, message: str, handled: bool
) -> None:
    """From Python 3.14 on, asyncio reports it as if nobody handled it. Everything else is handled by nobody indeed."""

    async def end() -> None:
        raise ConnectionError

    task = asyncio.create_task(end(), name=name)
    with pytest.raises(ConnectionError):
        await task
    assert is_handled_by_hikari({"future": task, "message": message, "exception": task.exception()}) is handled


def test_hikari_calls_what_we_override() -> None:
    """An override that hikari does not call any more would silently do nothing."""
    shard = inspect.getsource(GatewayShardImpl)
    assert "self._keep_alive()" in shard
    assert "self._connect()" in shard
    assert "self._send_json(" in shard
    rest = inspect.getsource(RESTClientImpl)
    assert "_bucket_manager.acquire_bucket(" in rest
    assert "_bucket_manager.update_rate_limits(" in rest
    assert "_bucket_manager.throttle(" in rest
    for method in (RESTClientImpl.create_message, RESTClientImpl.edit_message):
        assert "attachments=attachments" in inspect.getsource(method)
    assert rest.count("self._build_message_payload(") > 1


def test_a_route_is_compiled_anew_for_each_call() -> None:
    """A repeated request has the same compiled route, and only a repeated one has."""
    assert isinstance(GET_GATEWAY_BOT.compile(), CompiledRoute)
    assert GET_GATEWAY_BOT.compile() is not GET_GATEWAY_BOT.compile()


def test_our_own_classes_are_built_on_these() -> None:
    assert issubclass(Shard, GatewayShardImpl)
    assert issubclass(UnqueuedBuckets, RESTBucketManager)
    assert issubclass(LenientBot, hikari.GatewayBot)

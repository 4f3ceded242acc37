"""The documents of Discord and OpenAI complain about a request that breaks their rules, and about no other."""

import copy
from pathlib import Path
from typing import Any, Final

import pytest

from tests.rig import api_documents
from tests.rig.api_documents import DocumentMissingError, complaint_of_discord, complaint_of_openai

MESSAGE: Final[dict[str, Any]] = {
    "content": "Hello",
    "allowed_mentions": {"parse": []},
    "message_reference": {"message_id": "1", "fail_if_not_exists": False},
    "components": [{"type": 1, "components": [{"type": 2, "style": 2, "label": "Stop", "custom_id": "stop"}]}],
}
COMMAND: Final[dict[str, Any]] = {"name": "user", "description": "You", "type": 1}
RESPONSE: Final[dict[str, Any]] = {
    "model": "gpt-4o-mini",
    "input": [{"role": "user", "content": "Hello"}],
    "stream": True,
    "store": False,
    "max_output_tokens": 500,
}
CHAT: Final[dict[str, Any]] = {
    "model": "gpt-4o",
    "messages": [{"role": "user", "content": "Hello"}],
    "stream": True,
    "stream_options": {"include_usage": True},
}
Path_ = tuple[str | int, ...]


def broken(body: Any, where: Path_, value: Any) -> Any:
    """Return a copy with one value changed or added; None as the value takes it away."""
    made = copy.deepcopy(body)
    node = made
    for key in where[:-1]:
        node = node[key]
    if value is None:
        del node[where[-1]]
    else:
        node[where[-1]] = value
    return made


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/channels/1/messages", MESSAGE),
        ("PATCH", "/channels/1/messages/2", {"content": "Hello"}),
        ("PUT", "/applications/1/commands", [COMMAND]),
        (
            "POST",
            "/interactions/1/token/callback",
            {"type": 4, "data": {"content": "Hello", "components": MESSAGE["components"], "flags": 64}},
        ),
        ("PATCH", "/webhooks/1/token/messages/@original", {"content": "Hello"}),
        ("PUT", "/channels/1/messages/2/reactions/%F0%9F%91%8C/@me", None),
        ("GET", "/gateway/bot", None),
    ],
)
def test_what_discord_takes_fits_its_document(method: str, path: str, body: Any) -> None:
    assert complaint_of_discord(method, path, body) is None


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("content",), "x" * 4001),
        (("content",), 1),
        (("nonsense",), 1),
        (("allowed_mentions", "parse"), ["all"]),
        (("message_reference", "message_id"), "one"),
        (("components", 0, "components", 0, "custom_id"), "x" * 101),
        (("components", 0, "components", 0, "style"), 9),
        (("components", 0, "components", 0, "colour"), "red"),
        (("components", 0, "type"), None),
    ],
)
def test_discords_document_complains_about_a_broken_message(where: Path_, value: Any) -> None:
    assert complaint_of_discord("POST", "/channels/1/messages", broken(MESSAGE, where, value)) is not None


def test_discords_document_complains_about_broken_commands_and_unknown_operations() -> None:
    """What is in no document is counted as not held against one, and is an error all the same."""
    skipped = api_documents.CHECKED["skipped"]
    assert complaint_of_discord("PUT", "/applications/1/commands", [broken(COMMAND, ("name",), "x" * 33)]) is not None
    assert complaint_of_discord("GET", "/gateway/bot", {"a": 1}) == "GET /gateway/bot takes no body"
    assert complaint_of_discord("POST", "/gateway/bot", None) == "Discord's document has no POST /gateway/bot"
    assert complaint_of_openai("POST", "/edits", {}) is not None
    assert api_documents.CHECKED["skipped"] == skipped + 2
    api_documents.CHECKED["skipped"] = skipped


@pytest.mark.parametrize(
    ("path", "body", "where", "value"),
    [
        ("/responses", RESPONSE, ("input", 0, "role"), "bot"),
        ("/responses", RESPONSE, ("input", 0, "content"), None),
        ("/responses", RESPONSE, ("max_output_tokens",), "many"),
        ("/responses", RESPONSE, ("stream",), "yes"),
        ("/responses", RESPONSE, ("max_tokens",), 500),
        ("/chat/completions", CHAT, ("messages", 0, "role"), "bot"),
        ("/chat/completions", CHAT, ("messages",), None),
        ("/chat/completions", CHAT, ("model",), None),
        ("/chat/completions", CHAT, ("stream_options", "include_costs"), True),
        ("/chat/completions", CHAT, ("max_output_tokens",), 500),
    ],
)
def test_openais_types_complain_about_a_broken_request(path: str, body: Any, where: Path_, value: Any) -> None:
    assert complaint_of_openai("POST", path, body) is None
    assert complaint_of_openai("POST", path, broken(body, where, value)) is not None


def test_a_document_that_is_missing_fails_the_test(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is skipped in silence."""
    monkeypatch.setattr(api_documents, "DISCORD", tmp_path / "discord.json")
    monkeypatch.setattr(api_documents, "_patterns", api_documents._patterns.__wrapped__)
    monkeypatch.setattr(api_documents, "_discord", api_documents._discord.__wrapped__)
    with pytest.raises(DocumentMissingError, match="needs npm"):
        complaint_of_discord("GET", "/gateway/bot", None)

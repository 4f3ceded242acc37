"""Addresses of model servers as people write them."""

import pytest

from models.address import base_address, is_openai, without_query


@pytest.mark.parametrize(
    ("written", "base"),
    [
        # Without a path: nearly every server has /v1.
        ("https://api.openai.com", "https://api.openai.com/v1"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/v1"),
        ("http://localhost:11434", "http://localhost:11434/v1"),
        # With the path of an endpoint, as documentation has it.
        ("http://localhost:1234/v1/chat/completions", "http://localhost:1234/v1"),
        ("https://api.openai.com/v1/responses/", "https://api.openai.com/v1"),
        ("https://api.perplexity.ai/chat/completions", "https://api.perplexity.ai"),
        ("https://api.groq.com/openai/v1/models", "https://api.groq.com/openai/v1"),
        ("http://localhost:8000/v1/completions", "http://localhost:8000/v1"),
        # Ollama's own API is another one.
        ("http://localhost:11434/api/chat", "http://localhost:11434/v1"),
        ("http://localhost:11434/api/generate", "http://localhost:11434/v1"),
        # Paths of their own are kept.
        ("https://openrouter.ai/api/v1", "https://openrouter.ai/api/v1"),
        ("https://generativelanguage.googleapis.com/v1beta/openai/", "https://generativelanguage.googleapis.com/v1beta/openai"),
        ("https://open.bigmodel.cn/api/paas/v4", "https://open.bigmodel.cn/api/paas/v4"),
        ("http://localhost:3000/api", "http://localhost:3000/api"),
        # Azure, and queries, which go with every request.
        ("https://x.openai.azure.com", "https://x.openai.azure.com/openai/v1"),
        ("https://x.openai.azure.com/openai/", "https://x.openai.azure.com/openai/v1"),
        (
            "https://x.openai.azure.com/openai/deployments/mini/chat/completions?api-version=2024-10-21",
            "https://x.openai.azure.com/openai/deployments/mini?api-version=2024-10-21",
        ),
        ("http://gateway:9/?team=a%20b", "http://gateway:9/v1?team=a%20b"),
    ],
)  # fmt: skip
def test_the_base_that_was_meant_is_found(written: str, base: str) -> None:
    """Completing it a second time changes nothing."""
    assert base_address(written) == base
    if base != "https://api.perplexity.ai":
        assert base_address(base) == base


def test_a_query_is_taken_apart_and_kept() -> None:
    """Whatever it has."""
    address = "https://x.openai.azure.com/openai/v1?api-version=preview&empty="
    assert without_query(address) == (
        "https://x.openai.azure.com/openai/v1",
        {"api-version": "preview", "empty": ""},
    )
    assert without_query("http://h/v1") == ("http://h/v1", {})


@pytest.mark.parametrize(
    ("address", "is_theirs"),
    [
        ("https://api.openai.com/v1", True),
        ("https://eu.api.openai.com/v1", True),
        ("https://api.openai.com.example.org/v1", False),
        ("https://x.openai.azure.com/openai/v1", False),
        ("http://127.0.0.1:8080/v1", False),
    ],
)
def test_openais_own_servers_are_recognised(address: str, *, is_theirs: bool) -> None:
    """Their models are known; those of others are asked for."""
    assert is_openai(address) is is_theirs

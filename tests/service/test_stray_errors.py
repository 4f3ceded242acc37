"""What no task awaits is told by its type alone: neither the error's text nor the callback's arguments, which may quote what somebody wrote."""

import asyncio

import structlog

import bot


async def test_a_stray_error_is_told_by_its_type() -> None:
    """As asyncio tells it, with the callback that failed."""
    with structlog.testing.capture_logs() as lines:
        bot._log_unhandled(
            asyncio.get_running_loop(),
            {"message": "Exception in callback say('Canary')", "exception": ValueError("Canary")},
        )
    assert [(line["event"], line["error"]) for line in lines] == [("stray_error", "ValueError")]
    assert "Canary" not in str(lines)

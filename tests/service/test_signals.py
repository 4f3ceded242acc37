"""What SIGHUP means: a reload for a service, the end for whatever has a terminal."""

import pytest

from service.signals import reloads_on_hangup


@pytest.mark.parametrize(
    ("environment", "has_terminal", "reloads"),
    [
        ({"NOTIFY_SOCKET": "/run/systemd/notify"}, False, True),
        ({"INVOCATION_ID": "0" * 32}, False, True),
        ({"INVOCATION_ID": "0" * 32}, True, False),
        ({"NOTIFY_SOCKET": "/run/systemd/notify"}, True, False),
        ({"INVOCATION_ID": ""}, False, False),
        ({}, False, False),
        ({}, True, False),
    ],
)
def test_a_hangup_reloads_a_service_without_a_terminal_alone(
    environment: dict[str, str], has_terminal: bool, reloads: bool
) -> None:
    """A desktop's terminal hands its own INVOCATION_ID on to what is started in it."""
    assert reloads_on_hangup(environment, has_terminal=has_terminal) is reloads

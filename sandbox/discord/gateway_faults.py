"""What a gateway may do to its clients: be deaf, say nothing, lose every session as soon as it has begun."""

from dataclasses import dataclass


@dataclass(slots=True)
class GatewayFaults:
    """Everything is well until a test changes a field; it holds for what comes after."""

    deaf: bool = False
    """No heartbeat is acknowledged: the connection is a zombie. "Gateway", section "Heartbeat ACKs"."""
    mute: bool = False
    """New connections hear nothing, not even HELLO."""
    forgetful: bool = False
    """Each session is invalid as soon as it is READY (op 9, not resumable)."""

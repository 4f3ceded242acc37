"""Every limit that the small Discord keeps, with Discord's page for it."""

import msgspec


class Bucket(msgspec.Struct, frozen=True):
    """At most `limit` requests in `window_s` seconds, for each route and channel (or webhook)."""

    limit: int
    window_s: float


# Discord publishes no bucket sizes ("Rate Limits": "should not be hard coded"); these are what bots report.
# The reaction bucket is shared by PUT and DELETE, as hikari and Discord both have it.
BUCKETS: dict[str, Bucket] = {
    "POST /channels/{channel}/messages": Bucket(5, 5.0),
    "PATCH /channels/{channel}/messages/{message}": Bucket(5, 5.0),
    "DELETE /channels/{channel}/messages/{message}": Bucket(5, 1.0),
    "REACTIONS": Bucket(1, 0.25),
    "GET /channels/{channel}/messages": Bucket(5, 1.0),
    "GET /channels/{channel}/messages/{message}": Bucket(5, 1.0),
    "POST /webhooks/{application}/{token}": Bucket(5, 2.0),
    "WEBHOOK_MESSAGES": Bucket(5, 2.0),
    "PUT /applications/{application}/commands": Bucket(2, 10.0),
    "POST /users/@me/channels": Bucket(5, 5.0),
    "GET /guilds/{guild}/members/{user}": Bucket(5, 1.0),
}


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Limits of size and rate; tests change single fields."""

    rate_limits: bool = True
    """False turns 429s and their headers off."""
    global_per_s: int = 50
    """Requests per second of one token. "Rate Limits", section "Global Rate Limit"."""
    buckets: dict[str, Bucket] = msgspec.field(default_factory=lambda: dict(BUCKETS))

    content_chars: int = 2000
    """Code points of a message. "Message", section "Create Message"."""
    files: int = 10
    file_bytes: int = 10 * 1024 * 1024
    """Of each file, without boosts. "API Reference", section "Uploading Files"."""
    request_bytes: int = 25 * 1024 * 1024
    """Of all files of a message. "Message", section "Create Message"."""
    nonce_chars: int = 25
    nonce_window_s: float = 120.0
    """How long a nonce is remembered: "a few minutes" ("Create Message"), here the shortest that this can mean."""

    ack_s: float = 3.0
    """An initial answer's deadline. "Receiving and Responding", section "Interaction Callback"."""
    token_s: float = 900.0
    """A follow-up's deadline, 15 minutes, same page."""
    heartbeat_ms: int = 41_250

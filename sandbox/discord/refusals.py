"""Discord's errors: an HTTP status, a code and a message. "Opcodes and Status Codes", section "JSON"."""

from typing import Any

Json = dict[str, Any]

UNSUPPORTED = "SANDBOX_UNSUPPORTED"
"""The code of what Discord takes and the sandbox does not, because no bot here uses it."""


class RefusedError(Exception):
    """A request that Discord answers with an error."""

    def __init__(self, status: int, code: int, message: str, errors: Json | None = None) -> None:
        super().__init__(f"{status} {code} {message} {errors or ''}")
        self.status, self.code, self.message, self.errors = status, code, message, errors

    def body(self) -> Json:
        """The JSON body. "API Reference", section "Error Messages"."""
        body: Json = {"message": self.message, "code": self.code}
        return body if self.errors is None else {**body, "errors": self.errors}


# What hundreds of bots see most, by code; the status belongs to the code.
KNOWN: dict[int, tuple[int, str]] = {
    0: (401, "401: Unauthorized"),
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10007: (404, "Unknown Member"),
    10008: (404, "Unknown Message"),
    10013: (404, "Unknown User"),
    10014: (400, "Unknown Emoji"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    20028: (429, "The write action you are performing on the channel has hit the write rate limit."),
    30010: (400, "Maximum number of reactions reached (20)"),
    30046: (429, "Maximum number of edits to messages older than 1 hour reached. Try again later"),
    40005: (413, "Request entity too large"),
    40060: (400, "Interaction has already been acknowledged."),
    50001: (403, "Missing Access"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50007: (403, "Cannot send messages to this user"),
    50013: (403, "Missing Permissions"),
    50027: (401, "Invalid Webhook Token"),
    50035: (400, "Invalid Form Body"),
    50083: (400, "Thread is archived"),
    50109: (400, "The request body contains invalid JSON."),
    50159: (400, "Voice messages do not support additional content."),
    50160: (400, "Voice messages must have a single audio attachment."),
    50161: (400, "Voice messages must have supporting metadata."),
    50162: (400, "Voice messages cannot be edited."),
    50173: (403, "Cannot send voice messages in this channel."),
    90001: (403, "Reaction was blocked"),
    160002: (403, "You cannot reply without permission to read message history"),
    160005: (403, "This thread is locked"),
    200000: (400, "Message was blocked by automatic moderation"),
    240000: (400, "Message blocked by harmful links filter"),
}


def refused(code: int) -> RefusedError:
    """Return the error with this code."""
    status, message = KNOWN[code]
    return RefusedError(status, code, message)


class FormErrors:
    """Collects what is wrong with a body, by path, and refuses it as 50035 once."""

    def __init__(self) -> None:
        self._tree: Json = {}

    def add(self, path: str, code: str, message: str) -> None:
        """Note one error at a dotted path such as `components.0.type`."""
        node = self._tree
        for key in path.split("."):
            node = node.setdefault(key, {})
        node.setdefault("_errors", []).append({"code": code, "message": message})

    def length(self, path: str, value: Any, least: int, most: int) -> None:
        """Check a text's length in code points."""
        if not isinstance(value, str):
            self.add(path, "STRING_TYPE_CONVERT", "Could not interpret as string.")
        elif len(value) > most and least == 0:
            self.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")
        elif not least <= len(value) <= most:
            self.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")

    def count(self, path: str, number: int, least: int, most: int) -> None:
        """Check how many there are."""
        if not least <= number <= most:
            self.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")

    def refuse(self) -> None:
        """:raises RefusedError: 50035 with the tree, when anything was noted."""
        if self._tree:
            status, message = KNOWN[50035]
            raise RefusedError(status, 50035, message, self._tree)

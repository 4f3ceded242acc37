"""Which permission the bot lacks when Discord refuses a request of the courier. Pure."""

from actors.courier.effects import Lacks
from actors.courier.requests import EditPart, PostPart, React, Sendable, Unreact
from discord_api import error_codes
from discord_api.results import Impossible, Result
from messages import channel_permissions as permissions
from messages.courier import ReadChannel


def lack_of(request: Sendable, result: Result) -> Lacks | None:
    """Return what a refusal tells about the bot's permissions in the request's channel; None when it tells nothing.

    A refused message does not say whether its channel is a thread, so it counts for both permissions to send.
    """
    if not isinstance(request, PostPart | EditPart | React | Unreact | ReadChannel) or not isinstance(
        result, Impossible
    ):
        return None
    match result.code:
        case error_codes.MISSING_ACCESS:
            lacks = permissions.VIEW_CHANNEL
        case error_codes.NO_HISTORY:
            lacks = permissions.READ_MESSAGE_HISTORY
        case error_codes.MISSING_PERMISSIONS:
            lacks = _needed_for(request)
        case _:
            return None
    return Lacks(request.channel_id, lacks)


def _needed_for(request: PostPart | EditPart | React | Unreact | ReadChannel) -> int:
    match request:
        case React() | Unreact():
            return permissions.ADD_REACTIONS
        case ReadChannel():
            return permissions.READ_MESSAGE_HISTORY
        case PostPart(wanted=wanted) | EditPart(wanted=wanted) if wanted.files:
            return permissions.ATTACH_FILES
        case _:
            return permissions.SEND_MESSAGES | permissions.SEND_MESSAGES_IN_THREADS

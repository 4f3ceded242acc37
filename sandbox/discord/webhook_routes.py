"""Requests after the first answer to an interaction: edits of it and follow-ups, for 15 minutes.

Discord, "Receiving and Responding", section "Followup Messages"; "Webhook" for the routes.
"""

from sandbox.discord import posting
from sandbox.discord.interaction_routes import answer_message
from sandbox.discord.interactions import Interaction
from sandbox.discord.message_routes import apply_edit
from sandbox.discord.payloads import message_json
from sandbox.discord.refusals import refused
from sandbox.discord.requests import Answer, Call, Route
from sandbox.discord.things import EPHEMERAL, Message
from sandbox.discord.world import World


def follow_up(world: World, call: Call) -> Answer:
    """POST /webhooks/{application}/{token}. The first follow-up after a deferral replaces "is thinking…"."""
    entry = _interaction(world, call)
    body = call.body or {}
    if entry.state == "deferred" and entry.original is not None:
        message = _edit(world, entry, entry.original, call)
    else:
        flags = body.get("flags") or 0
        message = answer_message(world, entry, {**body, "flags": flags}, call)
        entry.followups.append(message)
        world.changes.happened()
    return Answer(body=message_json(world, message))


def edit_answer(world: World, call: Call) -> Answer:
    """PATCH /webhooks/{application}/{token}/messages/{message}, `@original` being the first answer."""
    entry = _interaction(world, call)
    return Answer(body=message_json(world, _edit(world, entry, _message(entry, call), call)))


def delete_answer(world: World, call: Call) -> Answer:
    """DELETE /webhooks/{application}/{token}/messages/{message}."""
    entry = _interaction(world, call)
    message = _message(entry, call)
    posting.remove(world, message)
    if message is entry.original:
        entry.move("answered")
    return Answer(204)


def _edit(world: World, entry: Interaction, message: Message, call: Call) -> Message:
    body = {**(call.body or {})}
    if "flags" in body:
        body["flags"] &= ~EPHEMERAL  # what a message is, it stays
    edited = apply_edit(world, message, body, call)
    if message is entry.original:
        entry.move("answered")
    return edited


def _interaction(world: World, call: Call) -> Interaction:
    entry = world.interactions.get(call.params["token"])
    ours = call.params["application"] == str(world.application_id)
    if entry is None or not ours or entry.state in {"waiting", "failed"}:
        raise refused(10015)
    if entry.token_dead():
        raise refused(50027)
    return entry


def _message(entry: Interaction, call: Call) -> Message:
    if call.params["message"] == "@original":
        found = entry.original
    else:
        number = call.number("message", 10008)
        known = [*entry.followups, *([entry.original] if entry.original else [])]
        found = next((message for message in known if message.id == number), None)
    if found is None or found.deleted:
        raise refused(10008)
    return found


_ONE = "/webhooks/{application}/{token}/messages/{message}"

ROUTES = [
    Route("POST", "/webhooks/{application}/{token}", follow_up, open=True),
    Route("PATCH", _ONE, edit_answer, open=True, bucket="WEBHOOK_MESSAGES"),
    Route("DELETE", _ONE, delete_answer, open=True, bucket="WEBHOOK_MESSAGES"),
]

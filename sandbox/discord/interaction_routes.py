"""The first answer to an interaction. Discord, "Receiving and Responding", section "Interaction Callback"."""

from collections.abc import Callable
from typing import Any

from sandbox.discord import posting
from sandbox.discord.component_forms import check_choices, check_modal, number
from sandbox.discord.forms import read_form
from sandbox.discord.interactions import AUTOCOMPLETE, COMMAND, COMPONENT, MODAL, Interaction
from sandbox.discord.mentions import resolve
from sandbox.discord.message_routes import apply_edit
from sandbox.discord.payloads import message_json
from sandbox.discord.refusals import FormErrors, refused
from sandbox.discord.requests import Answer, Call, Route
from sandbox.discord.things import COMMAND_ANSWER, EPHEMERAL, LOADING, MENU_ANSWER, REPLY, Json, Message
from sandbox.discord.world import World

REPLY_NOW, REPLY_LATER, UPDATE_LATER, UPDATE_NOW, CHOICES, FORM = 4, 5, 6, 7, 8, 9
"""Callback types. "Receiving and Responding", section "Interaction Callback Type"."""


def callback(world: World, call: Call) -> Answer:
    """POST /interactions/{interaction}/{token}/callback."""
    entry = world.interactions.get(call.params["token"])
    if entry is None or str(entry.id) != call.params["interaction"] or entry.failed:
        raise refused(10062)
    if entry.state != "waiting":
        raise refused(40060)
    body = call.body or {}
    kind, data = int(body.get("type") or 0), body.get("data") or {}
    if kind not in _possible(entry):
        errors = FormErrors()
        errors.add("type", "BASE_TYPE_CHOICES", f"Value must be one of {sorted(_possible(entry))}.")
        errors.refuse()
    _apply(world, entry, kind, data, call)
    entry.acked_after_s = entry.age_s()
    if call.query.get("with_response", "").lower() not in {"true", "1"}:
        return Answer(204)
    return Answer(body=_told(world, entry, kind))


def _possible(entry: Interaction) -> set[int]:
    if entry.kind == AUTOCOMPLETE:
        return {CHOICES}
    possible = {REPLY_NOW, REPLY_LATER}
    if entry.kind != MODAL:
        possible.add(FORM)
    if entry.kind == COMPONENT or (entry.kind == MODAL and entry.message is not None):
        possible |= {UPDATE_LATER, UPDATE_NOW}
    return possible


def _apply(world: World, entry: Interaction, kind: int, data: Json, call: Call) -> None:
    if kind == REPLY_NOW:
        entry.original = answer_message(world, entry, data, call)
        entry.move("answered")
    elif kind == REPLY_LATER:
        entry.original = _thinking(world, entry, data)
        entry.move("deferred")
    elif kind == UPDATE_LATER:
        entry.original = entry.message
        entry.move("updating")
    elif kind == UPDATE_NOW and entry.message is not None:
        if entry.message.deleted:
            raise refused(10008)
        entry.original = apply_edit(world, entry.message, data, call)
        entry.move("answered")
    elif kind == CHOICES:
        _check(check_choices, data.get("choices") or [])
        world.shown_to.add(entry.person.id)
        entry.choices = data.get("choices") or []
        entry.move("choices")
    else:
        _check(check_modal, data)
        world.shown_to.add(entry.person.id)
        entry.modal = {**data, "components": number(data["components"])}
        entry.move("modal")


def _check(check: Callable[[Any, FormErrors], None], data: Any) -> None:
    errors = FormErrors()
    check(data, errors)
    errors.refuse()


def answer_message(world: World, entry: Interaction, data: Json, call: Call) -> Message:
    """Post an answer or a follow-up; an ephemeral one is for its person alone.

    :raises RefusedError: 50035, 50006.
    """
    fields = read_form(world, data, call.files)
    message = _message(world, entry, fields)
    mentions = resolve(world, entry.channel, world.bot, message.content, data.get("allowed_mentions"))
    return posting.post(world, message, mentions)


def _thinking(world: World, entry: Interaction, data: Json) -> Message:
    flags = LOADING | ((data.get("flags") or 0) & EPHEMERAL)
    message = _message(world, entry, {"flags": flags})
    return posting.post(world, message, resolve(world, entry.channel, world.bot, "", {}))


def _message(world: World, entry: Interaction, fields: Json) -> Message:
    menu = "target_id" in entry.data
    kind = (MENU_ANSWER if menu else COMMAND_ANSWER) if entry.kind == COMMAND else 0
    message = Message(world.ids.next(), entry.channel, world.bot, kind=kind, interaction=entry.metadata(), **fields)
    if message.flags & EPHEMERAL:
        message.seen_only_by = entry.person
    if entry.kind == COMPONENT and entry.message is not None and not message.ephemeral:
        message.kind, message.reference_id = REPLY, entry.message.id
    return message


def _told(world: World, entry: Interaction, kind: int) -> Json:
    about: Json = {"id": str(entry.id), "type": entry.kind}
    resource: Json = {"type": kind}
    if entry.original is not None:
        about["response_message_id"] = str(entry.original.id)
        about["response_message_loading"] = entry.original.loading
        about["response_message_ephemeral"] = entry.original.ephemeral
    if kind in {REPLY_NOW, UPDATE_NOW} and entry.original is not None:
        resource["message"] = message_json(world, entry.original)
    return {"interaction": about, "resource": resource}


ROUTES = [
    Route("POST", "/interactions/{interaction}/{token}/callback", callback, open=True, unlimited=True),
]

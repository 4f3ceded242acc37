"""People: they write, edit, react, use commands, press and choose, as Discord's client lets them."""

from collections.abc import Iterable
from itertools import count
from typing import Any

from sandbox.discord import places, posting
from sandbox.discord.commands import CHAT_INPUT, MESSAGE_MENU, find, is_shown, options_data, with_ids
from sandbox.discord.interaction_events import start
from sandbox.discord.interactions import AUTOCOMPLETE, COMMAND, COMPONENT, MODAL, Interaction
from sandbox.discord.mentions import resolve
from sandbox.discord.payloads import forward_json, message_json, poll_json
from sandbox.discord.people_payloads import resolved_json, user_json
from sandbox.discord.permissions import READ_MESSAGE_HISTORY, SEND_MESSAGES, VIEW_CHANNEL, may
from sandbox.discord.things import FORUM, REPLY, Channel, Json, Message, User
from sandbox.discord.world import World

ROW, BUTTON, TEXT_SELECT, TEXT_INPUT = 1, 2, 3, 4

TITLE_CHARS = 100
"""Of a thread's name. Discord, "Channel", section "Channel Object"."""


class NotPossibleError(Exception):
    """Discord's client would not let this person do that.

    `key` and `values` are the page's sentence for it, where people can come to it there; the text is for programs.
    """

    def __init__(self, text: str, key: str = "", **values: Any) -> None:
        super().__init__(text)
        self.key, self.values = key, values


class Person:
    """Somebody who chats. Methods return when the event was handed to the gateway, not when the bot has reacted."""

    def __init__(self, world: World, user: User) -> None:
        self._world, self.user = world, user
        self.id, self.name, self.mention = user.id, user.name, user.mention

    def json(self) -> Json:
        """The user object."""
        return user_json(self.user)

    @property
    def direct_messages(self) -> Channel:
        """The channel of direct messages with the bot."""
        return self._world.direct_channel(self.user)

    def visible(self, channel: Channel) -> list[Message]:
        """What this person sees in a channel, oldest first."""
        return list(self._world.seen(channel, self.user))

    async def say(
        self,
        channel: Channel,
        text: str = "",
        *,
        reply_to: Message | None = None,
        attachments: list[Json] | None = None,
        extras: Json | None = None,
        flags: int = 0,
    ) -> Message:
        """Write a message; `attachments` as `discord.attachment(...)` returns them, `extras` what else it has: a poll, stickers.

        :raises NotPossibleError: too long, empty, no permission, or the message replied to is gone.
        """
        self._need(channel, SEND_MESSAGES, "write")
        text = text.strip()
        self._need_length(text, may_be_empty=bool(attachments or extras))
        if reply_to is not None and reply_to.deleted:
            raise NotPossibleError("the message is gone", "message_gone")
        message = Message(self._world.ids.next(), channel, self.user, text, flags=flags, attachments=attachments or [])
        message.extras = extras or {}
        if reply_to is not None:
            message.kind, message.reference_id = REPLY, reply_to.id
        replied = None if reply_to is None else reply_to.author
        return posting.post(self._world, message, resolve(self._world, channel, self.user, text, None, replied))

    async def begin_post(self, forum: Channel, title: str, text: str) -> Channel:
        """Begin a post in a forum: a thread that holds its first message, which has the thread's id.

        Discord, "Channel", section "Start Thread in Forum or Media Channel".

        :raises NotPossibleError: it is no forum, or title or text is empty or too long
        """
        self._need(forum, SEND_MESSAGES, "write")
        if forum.kind != FORUM:
            raise NotPossibleError("posts are begun in a forum")
        most = self._world.limits.content_chars
        if not 0 < len(title.strip()) <= TITLE_CHARS or not 0 < len(text.strip()) <= most:
            raise NotPossibleError(
                "a post has a title of 1 to 100 characters, and a message", "post_incomplete", most=most
            )
        post = places.add_thread(self._world, forum, title.strip())
        message = Message(post.id, post, self.user, text.strip())
        posting.post(self._world, message, resolve(self._world, post, self.user, message.content, None))
        return post

    async def forward(self, message: Message, channel: Channel) -> Message:
        """Forward a message to a channel."""
        self._need_sight(message)
        return await self.say(channel, extras=forward_json(self._world, message))

    async def ask_poll(self, channel: Channel, question: str, *answers: str) -> Message:
        """Begin a poll."""
        return await self.say(channel, extras=poll_json(question, list(answers)))

    async def edit(self, message: Message, text: str, *, attachments: list[Json] | None = None) -> Message:
        """Change an own message; `attachments` are those of its own that it keeps, None: all of them."""
        self._need_own(message)
        self._need_length(text.strip(), may_be_empty=bool(message.attachments))
        mentions = resolve(self._world, message.channel, self.user, text, None)
        changes: Json = {"content": text.strip()} | ({} if attachments is None else {"attachments": attachments})
        return posting.edit(self._world, message, changes, mentions)

    async def delete(self, message: Message) -> None:
        """Remove an own message."""
        self._need_own(message)
        posting.remove(self._world, message)

    async def react(self, message: Message, emoji: str) -> None:
        """Add a reaction."""
        self._need(message.channel, READ_MESSAGE_HISTORY, "react")
        posting.react(self._world, message, self.user, emoji)

    async def unreact(self, message: Message, emoji: str) -> None:
        """Take an own reaction back; one that is not there is no error."""
        self._need_sight(message)
        if self.id in message.reactions.get(emoji, ()):
            posting.unreact(self._world, message, self.user, emoji)

    async def command(self, channel: Channel, name: str, /, **options: Any) -> Interaction:
        """Use a slash command, such as `user`.

        :raises NoSuchCommandError: unknown command or option, wrong type or value.
        :raises NotPossibleError: when this person does not see the channel, or is not offered the command there.
        """
        return self._command(channel, name, options, COMMAND, None)

    async def autocomplete(self, channel: Channel, name: str, focused: str, /, **options: Any) -> Interaction:
        """Type into the option `focused`, whose unfinished value is among `options`; answers are `.choices`."""
        return self._command(channel, name, {focused: "", **options}, AUTOCOMPLETE, focused)

    async def message_command(self, message: Message, name: str) -> Interaction:
        """Use an entry of the Apps menu on a message."""
        self._need_sight(message)
        command = find(self._world, name, MESSAGE_MENU)
        shown = {"messages": {str(message.id): message_json(self._world, message)}}
        data: Json = {"id": command["id"], "name": name, "type": MESSAGE_MENU, "target_id": str(message.id)}
        return start(self._world, self.user, message.channel, COMMAND, name, {**data, "resolved": shown})

    async def press(self, message: Message, button: str) -> Interaction:
        """Press a button, named by its label or custom_id.

        :raises NotPossibleError: no such button, a disabled one, one that opens a page, or a message this person does not see.
        """
        control = self._control(message, button, {BUTTON})
        if control.get("url"):
            raise NotPossibleError(f"{button!r} opens a page, which the bot does not hear of")
        data = {"custom_id": control["custom_id"], "component_type": BUTTON, "id": control["id"]}
        return start(self._world, self.user, message.channel, COMPONENT, control["custom_id"], data, message=message)

    async def choose(self, message: Message, menu: str, *values: str) -> Interaction:
        """Choose from a menu, named by placeholder or custom_id, by the options' values or labels."""
        control = self._control(message, menu, {TEXT_SELECT})
        by_name = {option["label"]: option["value"] for option in control["options"]}
        by_name |= {option["value"]: option["value"] for option in control["options"]}
        unknown = [value for value in values if value not in by_name]
        if unknown:
            raise NotPossibleError(f"{menu!r} does not offer {unknown}, only {list(by_name)}")
        if not control.get("min_values", 1) <= len(values) <= control.get("max_values", 1):
            raise NotPossibleError(f"{menu!r} does not take {len(values)} values")
        data: Json = {"custom_id": control["custom_id"], "component_type": TEXT_SELECT, "id": control["id"]}
        data["values"] = [by_name[value] for value in values]
        return start(self._world, self.user, message.channel, COMPONENT, control["custom_id"], data, message=message)

    async def forge(self, message: Message, custom_id: str, *values: str) -> Interaction:
        """Send a component interaction as a tampered client would: nothing about the component is checked.

        :raises NotPossibleError: when this person is not where the message is; Discord itself would refuse that.
        """
        self._need_presence(message.channel)
        data: Json = {"custom_id": custom_id, "component_type": TEXT_SELECT if values else BUTTON, "id": 1}
        if values:
            data["values"] = list(values)
        return start(self._world, self.user, message.channel, COMPONENT, custom_id, data, message=message)

    async def forge_form(
        self,
        message: Message | None,
        custom_id: str,
        fields: Iterable[tuple[str, str]],
        *,
        channel: Channel | None = None,
    ) -> Interaction:
        """Send a form as a tampered client would, whoever opened it: fields may be missing, doubled or unknown.

        :param message: the message whose button opened it; None for a command's, in `channel` or a direct message.
        """
        place = message.channel if message is not None else channel or self.direct_messages
        self._need_presence(place)
        rows = [
            {
                "type": ROW,
                "id": number,
                "components": [{"type": TEXT_INPUT, "id": number + 1, "custom_id": name, "value": value}],
            }
            for number, (name, value) in zip(count(1, 2), fields)  # the ids go on for ever
        ]
        data: Json = {"custom_id": custom_id, "components": rows}
        return start(self._world, self.user, place, MODAL, custom_id, data, message=message)

    async def submit(self, opened: Interaction, /, **values: str) -> Interaction:
        """Send the form that an interaction opened, its inputs by custom_id; those not given keep their value."""
        if opened.modal is None:
            raise NotPossibleError("that interaction opened no form")
        rows: list[Json] = []
        known: set[str] = set()
        for row in opened.modal["components"]:
            for field in row["components"]:
                known.add(field["custom_id"])
                value = values.get(field["custom_id"], field.get("value") or "")
                least = field.get("min_length", 1 if field.get("required", True) else 0)
                if not least <= len(value) <= field.get("max_length", 4000):
                    raise NotPossibleError(
                        f"{field['custom_id']!r} does not take {len(value)} characters", "form_length"
                    )
                entry = {"type": TEXT_INPUT, "id": field["id"], "custom_id": field["custom_id"], "value": value}
                rows.append({"type": row["type"], "id": row["id"], "components": [entry]})
        if values.keys() - known:
            raise NotPossibleError(f"the form has no {values.keys() - known}")
        data = {"custom_id": opened.modal["custom_id"], "components": rows}
        return start(
            self._world,
            self.user,
            opened.channel,
            MODAL,
            data["custom_id"],
            data,
            message=opened.message,
            parent=opened,
        )

    def _command(
        self, channel: Channel, name: str, options: dict[str, Any], kind: int, focused: str | None
    ) -> Interaction:
        self._need(channel, VIEW_CHANNEL, "use commands")
        command = find(self._world, name, CHAT_INPUT)
        if not is_shown(command, self.user, channel):
            raise NotPossibleError(f"/{name} is not offered to {self.name} in {channel.name}")
        data: Json = {"id": command["id"], "name": name, "type": CHAT_INPUT}
        options, people = with_ids(self._world, command, options)
        found = options_data(command, options, focused=focused)
        if found or focused is not None:
            data["options"] = found
        if people:
            data["resolved"] = resolved_json(channel, people)
        return start(self._world, self.user, channel, kind, name, data)

    def _control(self, message: Message, name: str, kinds: set[int]) -> Json:
        self._need_sight(message)
        for control in message.controls():
            names = {control.get("custom_id"), control.get("label"), control.get("placeholder")}
            if control["type"] in kinds and name in names:
                if control.get("disabled"):
                    raise NotPossibleError(f"{name!r} is disabled", "disabled", name=control.get("label") or name)
                return control
        known = [part.get("label") or part.get("placeholder") or part.get("custom_id") for part in message.controls()]
        raise NotPossibleError(f"the message has no {name!r}, only {known}")

    def _need_sight(self, message: Message) -> None:
        if message not in self.visible(message.channel):
            raise NotPossibleError(f"{self.name} does not see that message")

    def _need_presence(self, channel: Channel) -> None:
        there = channel.recipients if channel.guild is None else channel.guild.members
        if self.id not in there:
            raise NotPossibleError(f"{self.name} is not where {channel.name} is")

    def _need_own(self, message: Message) -> None:
        if message.author is not self.user:
            raise NotPossibleError(f"{self.name} did not write that message")
        if message.deleted:
            raise NotPossibleError("the message is gone", "message_gone")

    def _need_length(self, text: str, *, may_be_empty: bool) -> None:
        most = self._world.limits.content_chars
        if len(text) > most or not (text or may_be_empty):
            raise NotPossibleError(f"a message has 1 to {most} characters", "message_length", most=most)

    def _need(self, channel: Channel, permission: int, deed: str) -> None:
        if channel.deleted or not may(self.user, channel, permission):
            raise NotPossibleError(
                f"{self.name} may not {deed} in {channel.name}", "not_allowed", person=self.name, channel=channel.name
            )

"""Does for a person what the page asks for (`sandbox/deeds.py`), and keeps their interactions."""

import time
from typing import Any, Final, assert_never

from sandbox.deeds import (
    AnyDeed,
    BeginPost,
    Choose,
    Command,
    Complete,
    Delete,
    Dismiss,
    Edit,
    MessageCommand,
    Press,
    React,
    Say,
    SentFile,
    Submit,
    Type,
    Unreact,
    UseLanguage,
)
from sandbox.discord import Channel, DiscordSandbox, Interaction, Message, NotPossibleError, Person
from sandbox.discord.commands import CHAT_INPUT, INTEGER, LOCALES, NUMBER, find
from sandbox.discord.things import VOICE_MESSAGE
from sandbox.web_view import channels

Json = dict[str, Any]

TYPING_S: Final = 10.0
"""How long Discord's clients show that somebody types (Channel, Trigger Typing Indicator)."""


class NotThereError(LookupError):
    """A person, channel, message or interaction that was named does not exist, or this person does not see it."""


class Deeds:
    """Carries out people's deeds, and keeps their interactions for the page."""

    def __init__(self, discord: DiscordSandbox) -> None:
        """Begin without interactions."""
        self._discord = discord
        self.interactions: dict[int, Interaction] = {}
        self._types_until_s: dict[tuple[int, str], float] = {}

    def person(self, name: str) -> Person:
        """Return somebody by name.

        :raises NotThereError: when nobody is called that.
        """
        try:
            return self._discord.person(name)
        except LookupError as error:
            raise NotThereError(f"nobody is called {name!r}") from error

    def channel(self, person: Person, name: str) -> Channel:
        """Return a channel that this person sees, by id or name.

        :raises NotThereError: when there is none.
        """
        if name == "direct":
            return person.direct_messages
        for channel in channels(self._discord, person):
            if name in {str(channel.id), channel.name if channel.guild else ""}:
                return channel
        raise NotThereError(f"{person.name} sees no channel {name!r}")

    def typing(self, channel: Channel, but: Person) -> list[str]:
        """Return the names of the others who type in a channel now."""
        now_s = time.monotonic()
        return [
            name
            for (number, name), until_s in self._types_until_s.items()
            if number == channel.id and until_s > now_s and name != but.name
        ]

    async def do(self, deed: AnyDeed) -> Json:
        """Carry out a deed; return the id of the new message or interaction, and for autocomplete the choices.

        :raises NotThereError: when something named is not there.
        :raises NotPossibleError: when Discord's client would not let this person do that.
        :raises NoSuchCommandError: for a command or an option that the bot has not registered.
        """
        person = self.person(deed.person)
        match deed:
            case Say():
                channel = self.channel(person, deed.channel)
                self._types_until_s.pop((channel.id, person.name), None)
                replied = self._message(person, deed.reply_to) if deed.reply_to else None
                files = [self._uploaded(file) for file in deed.files]
                is_voice = len(files) == 1 and "waveform" in files[0]
                flags = VOICE_MESSAGE if is_voice else 0
                said = await person.say(channel, deed.text, reply_to=replied, attachments=files, flags=flags)
                return {"message": str(said.id)}
            case Edit():
                await person.edit(self._message(person, deed.message), deed.text)
            case Delete():
                await person.delete(self._message(person, deed.message))
            case React():
                await person.react(self._message(person, deed.message), deed.emoji)
            case Unreact():
                await person.unreact(self._message(person, deed.message), deed.emoji)
            case Type():
                channel = self.channel(person, deed.channel)
                self._types_until_s[channel.id, person.name] = time.monotonic() + TYPING_S
            case BeginPost():
                post = await person.begin_post(self.channel(person, deed.channel), deed.title, deed.text)
                return {"channel": str(post.id)}
            case UseLanguage():
                if deed.locale not in LOCALES:
                    raise NotPossibleError(f"{deed.locale!r} is no language of Discord's")
                person.user.locale = deed.locale
            case Dismiss():
                self.interactions.pop(self._interaction(person, deed.interaction).id)
            case Complete():
                channel = self.channel(person, deed.channel)
                options = {**self._typed(deed), deed.focused: str(deed.options.get(deed.focused, ""))}
                asked = await person.autocomplete(channel, deed.name, deed.focused, **options)
                await asked.answered()
                return {"interaction": str(asked.id), "choices": asked.choices}
            case Command() | MessageCommand() | Press() | Choose() | Submit():
                begun = await self._interact(person, deed)
                self.interactions[begun.id] = begun
                return {"interaction": str(begun.id)}
            case _:
                assert_never(deed)
        return {}

    def _uploaded(self, file: SentFile) -> Json:
        """Store a file, and return it as an attachment.

        :raises NotPossibleError: it is larger than Discord takes
        """
        if len(file.data) > self._discord.world.limits.file_bytes:
            raise NotPossibleError(f"{file.name} is too large", "file_too_large", name=file.name)
        kept = self._discord.attachment(file.name, file.data, file.type)
        if file.seconds is None:
            return kept
        return {**kept, "duration_secs": file.seconds, "waveform": file.waveform}

    async def _interact(self, person: Person, deed: Command | MessageCommand | Press | Choose | Submit) -> Interaction:
        match deed:
            case Command():
                channel = self.channel(person, deed.channel)
                return await person.command(channel, deed.name, **self._typed(deed))
            case MessageCommand():
                return await person.message_command(self._message(person, deed.message), deed.name)
            case Press():
                return await person.press(self._message(person, deed.message), deed.button)
            case Choose():
                return await person.choose(self._message(person, deed.message), deed.menu, *deed.values)
            case Submit():
                opened = self._interaction(person, deed.interaction)
                begun = await person.submit(opened, **deed.values)
                self.interactions.pop(opened.id)
                return begun

    def _typed(self, deed: Command | Complete) -> dict[str, Any]:
        """Return the options with their text read as the command declares them, as Discord's client does."""
        declared = find(self._discord.world, deed.name, CHAT_INPUT).get("options") or []
        kinds = {option["name"]: option["type"] for option in declared}
        return {name: _read(kinds.get(name, 0), value) for name, value in deed.options.items()}

    def _message(self, person: Person, number: str) -> Message:
        for channel in channels(self._discord, person):
            for message in person.visible(channel):
                if str(message.id) == number:
                    return message
        raise NotThereError(f"{person.name} sees no message {number!r}")

    def _interaction(self, person: Person, number: str) -> Interaction:
        for entry in self.interactions.values():
            if str(entry.id) == number and entry.person.id == person.id:
                return entry
        raise NotThereError(f"{person.name} has no interaction {number!r}")


def _read(kind: int, value: str | float | bool) -> str | float | bool:
    """Convert a value to the type of its option; one that cannot be converted stays as it is, and Discord refuses it."""
    if not isinstance(value, str):
        return value
    try:
        if kind == INTEGER:
            return int(value)
        return float(value) if kind == NUMBER else value
    except ValueError:
        return value

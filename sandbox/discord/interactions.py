"""An interaction: what a person did, how far the bot has answered, and the deadlines on it."""

from dataclasses import dataclass, field, replace
from typing import Literal

from sandbox.discord.changes import Changes
from sandbox.discord.clock import Clock
from sandbox.discord.limits import Limits
from sandbox.discord.people_payloads import user_json
from sandbox.discord.things import Channel, Json, Message, User

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL = 2, 3, 4, 5
"""Interaction types. Discord, "Receiving and Responding", section "Interaction Type"."""

State = Literal["waiting", "deferred", "updating", "answered", "modal", "choices", "failed"]
"""`waiting` for a callback · `deferred` ("is thinking…") · `updating` (acknowledged, the message may change later) ·
`answered` visibly · `modal` shown · autocomplete `choices` given · `failed`: three seconds passed in silence."""


class InteractionFailedError(AssertionError):
    """The person saw "The application did not respond"."""


@dataclass(slots=True, eq=False)
class Interaction:
    """A command, a press or a form of a person, and what they see of the bot's response."""

    limits: Limits
    clock: Clock
    changes: Changes
    id: int
    token: str
    kind: int
    name: str
    """The command's name or the component's custom_id."""
    person: User
    channel: Channel
    data: Json
    created_s: float
    message: Message | None = None
    """The message with the button or menu."""
    parent: "Interaction | None" = None
    """The interaction that opened the form which was submitted."""
    state: State = "waiting"
    acked_after_s: float | None = None
    """Seconds from the event to the callback, in the sandbox's time; None before."""
    original: Message | None = None
    """The response, also while it still shows "is thinking…"; for an update the message that was changed."""
    followups: list[Message] = field(default_factory=list)
    choices: list[Json] = field(default_factory=list)
    modal: Json | None = None
    """The form that the bot opened: `custom_id`, `title`, `components`."""
    event: Json = field(default_factory=dict)
    """The event that the bot received."""

    @property
    def response(self) -> Message | None:
        """The visible answer, if there is one."""
        hidden = self.original is None or self.original.loading or self.original.deleted
        return None if hidden or self.state == "updating" else self.original

    @property
    def failed(self) -> bool:
        """Whether the person saw "The application did not respond"."""
        return self.state == "failed"

    @property
    def done(self) -> bool:
        """Whether the person saw a result: a response, a form, choices or the failure."""
        return self.state in {"answered", "modal", "choices", "failed"} or bool(self.followups)

    async def answered(self, timeout_s: float = 30.0) -> Message | None:
        """Wait for a visible answer, after a deferral too, and return it (None for a modal or choices).

        :raises InteractionFailedError: when the bot let the deadline pass.
        :raises NeverHappenedError: after `timeout_s` real seconds.
        """
        await self.changes.until(lambda: self.done, timeout_s)
        if self.failed:
            raise InteractionFailedError(f"the application did not respond to {self.name} by {self.person.name}")
        return self.response or (self.followups[-1] if self.followups else None)

    def age_s(self) -> float:
        """Seconds since the event, in the sandbox's time."""
        return self.clock.now_s() - self.created_s

    def token_dead(self) -> bool:
        """Whether its 15 minutes are over."""
        return self.age_s() > self.limits.token_s

    def expire(self) -> None:
        """Called at the deadline: an interaction without an answer has failed for good."""
        if self.state == "waiting":
            self.move("failed")

    def move(self, state: State) -> None:
        """Enter a state, and let waiting tests check their conditions."""
        self.state = state
        self.changes.happened()

    def metadata(self) -> Json:
        """Return the `interaction_metadata` of its response. Discord, "Message", "Message Interaction Metadata Structure"."""
        owner = self.channel.guild.id if self.channel.guild else self.person.id
        kind = 0 if self.channel.guild else 1
        found: Json = {
            "id": str(self.id),
            "type": self.kind,
            "user": user_json(self.person),
            "authorizing_integration_owners": {str(kind): str(owner)},
        }
        if self.kind == COMPONENT and self.message is not None:
            found["interacted_message_id"] = str(self.message.id)
        if self.kind == MODAL:
            found["triggering_interaction_metadata"] = self._opener()
        if self.kind == COMMAND and "target_id" in self.data:
            found["target_message_id"] = self.data["target_id"]
        return found

    def _opener(self) -> Json:
        """Return the metadata of what opened a form; for a forged form those of a button on its message, or of a command."""
        if self.parent is not None:
            return self.parent.metadata()
        return replace(self, kind=COMMAND if self.message is None else COMPONENT, data={}).metadata()

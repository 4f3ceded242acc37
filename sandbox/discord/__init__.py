from sandbox.discord.changes import NeverHappenedError
from sandbox.discord.commands import NoSuchCommandError
from sandbox.discord.interactions import Interaction, InteractionFailedError
from sandbox.discord.interceptor import Cut, Interceptor, Passage
from sandbox.discord.limits import Bucket, Limits
from sandbox.discord.people import NotPossibleError, Person
from sandbox.discord.requests import Request
from sandbox.discord.server import DiscordSandbox
from sandbox.discord.things import Channel, Guild, Message, Ping, Role

__all__ = [
    "Bucket",
    "Channel",
    "Cut",
    "DiscordSandbox",
    "Guild",
    "Interaction",
    "InteractionFailedError",
    "Interceptor",
    "Limits",
    "Message",
    "NeverHappenedError",
    "NoSuchCommandError",
    "NotPossibleError",
    "Passage",
    "Person",
    "Ping",
    "Request",
    "Role",
]

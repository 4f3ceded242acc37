"""The channels in which everybody speaks in one session, as the tables `[[shared_channels]]` of the TOML file name them. Pure."""

from collections.abc import Iterable, Mapping

from messages.ids import ChannelId
from models.catalogue import Catalogue
from settings.errors import ConfigurationError, quoted
from settings.toml_file import SharedChannelTable, ids_of
from storage.limits import SharedChannel
from storage.permissions import Permissions


def shared_channels_of(
    tables: Iterable[SharedChannelTable], catalogue: Catalogue, permissions: Permissions
) -> Mapping[ChannelId, SharedChannel]:
    """Return what these tables say, by the channels' ids.

    :raises ConfigurationError: an id is none, a channel stands there twice or is blocked, or nobody has its model
    """
    found: dict[ChannelId, SharedChannel] = {}
    for number, table in enumerate(tables, 1):
        place = f"[[shared_channels]] number {number}"
        channel = next(iter(ids_of(f"id of {place}", (table.id,), ChannelId)))
        if channel in found:
            raise ConfigurationError(
                f"CAUSERIE_CONFIG: {place} is the second one of the channel {channel}. Remove one and start again."
            )
        if channel in permissions.block.channels:
            raise ConfigurationError(
                f"CAUSERIE_CONFIG: {place} is the channel {channel}, where permissions.block.channels has nobody answered."
                " Remove it from one of the two and start again."
            )
        # Which models a server has that lists them itself is not known yet.
        if table.model and not catalogue.is_waiting and catalogue.get(table.model) is None:
            names = ", ".join(model.name for model in catalogue)
            raise ConfigurationError(
                f"CAUSERIE_CONFIG: {place} has the model {quoted(table.model)}, which is none of: {names}."
                " Change it, or add it to [[models]], and start again."
            )
        found[channel] = SharedChannel(model=table.model, system_msg=table.system_message.strip())
    return found

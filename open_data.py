"""The data, opened before anything that takes long to load: a process that may not have it ends at once."""

from settings.errors import ConfigurationError, UnreachableError
from settings.settings import Settings
from storage.sqlite import open_store
from storage.store import AlreadyRunningError, ForeignDatabaseError, NewerDatabaseError, StorageError, Store


def open_data(settings: Settings) -> Store:
    """Open `causerie.db` and own it until it is closed or the process ends.

    :raises ConfigurationError: another process has it, it is not ours, or the folder cannot be used
    :raises UnreachableError: nothing can be stored at the moment
    """
    try:
        return open_store(settings.data / "causerie.db", settings.limits)
    except (AlreadyRunningError, ForeignDatabaseError, NewerDatabaseError) as error:
        raise ConfigurationError(str(error)) from error
    except StorageError as error:
        raise UnreachableError(f"CAUSERIE_DATA is '{settings.data}', where nothing can be stored: {error}.") from error
    except OSError as error:
        raise ConfigurationError(
            f"CAUSERIE_DATA is '{settings.data}', which cannot be used ({error.strerror}). "
            "Name a folder that the bot may write to."
        ) from error

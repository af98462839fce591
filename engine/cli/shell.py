"""What every command is given: settings, the operator's language, the engine when asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from config.settings import Settings
from engine.cli.errors import BadInputError
from engine.cli.wording import Wording
from engine.wording import SettingUnusable

if TYPE_CHECKING:
    from engine.bootstrap import Engine


class Shell:
    """Opens the engine on first use, so that `--help` and `audio` need no store.

    SQL takes half a second to import, so that what needs it is imported here, when needed.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.say = Wording(settings.language)

    @cached_property
    def engine(self) -> Engine:
        """The ready engine, on the store of the settings."""
        from engine.bootstrap import ClockRefused, open_engine
        from engine.law import RulebookError
        from engine.operations import KeysRefused
        from engine.store.schema import SchemaMismatch

        try:
            return open_engine(self.settings)
        except SchemaMismatch as error:
            raise BadInputError("LICITE_DATABASE_URL", str(error), "licite db upgrade") from error
        except KeysRefused as error:
            raise BadInputError("LICITE_DATA_DIR", str(error), self.say("shell.keys")) from error
        except ClockRefused as error:
            raise BadInputError("LICITE_LAW_CLOCK_SHIFT_S", str(error), "") from error
        except RulebookError as error:
            raise BadInputError("config/law", str(error), "") from error

    def upgrade_store(self) -> None:
        """Create or migrate the schema of the store."""
        from engine.store import open_store

        self.settings.data_dir.mkdir(parents=True, exist_ok=True)
        store = open_store(self.settings.store_url)
        try:
            store.upgrade()
        finally:
            store.close()

    def seal(self) -> None:
        """Number and sign what this command wrote to the journal."""
        from engine import operations

        engine = self.engine
        operations.seal(engine, engine.settings.heads_path, at=engine.clock())

    def unusable(self, error: SettingUnusable, where: str = "") -> BadInputError:
        """Return how to say that a setting cannot be used; *where*: what the operator calls it."""
        language = self.say.language
        return BadInputError(where or error.field, error.reason(language), error.remedy(language))

    def close(self) -> None:
        """Release the store, if it was opened."""
        if "engine" in self.__dict__:
            self.engine.close()

"""What every command is given: settings, the operator's language, the engine when asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from config.settings import Settings
from engine.cli.wording import Wording

if TYPE_CHECKING:
    from engine.bootstrap import Engine


class Shell:
    """Opens the engine on first use, so that `--help` and `audio` need no store."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.say = Wording(settings.language)

    @cached_property
    def engine(self) -> Engine:
        """The ready engine, on the store of the settings."""
        from engine.bootstrap import open_engine  # here: SQL takes half a second to import

        return open_engine(self.settings)

    def close(self) -> None:
        """Release the store, if it was opened."""
        if "engine" in self.__dict__:
            self.engine.close()

"""A voice process whose only route is the double of Voice Partner."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from config.settings import Settings
from engine.bootstrap import Engine
from engine.interfaces import Call
from engine.journal import Json
from engine.operations.deposit_audio import file_name
from engine.sandbox.voicepartner import VoicePartnerDouble, served
from engine.store import SqlStore
from ivr.routes import Routes
from ivr.voice import Voice
from tests.engine.carriers.voicepartner.accounts import a_route
from tests.engine.deposited import MACHINE, attested
from tests.engine.operating import OPEN, a_house, drops, launch


@dataclass
class Moved:
    """The law's clock: `OPEN`, and as late as a test says."""

    late: timedelta = timedelta()

    def __call__(self) -> datetime:
        return OPEN + self.late


@dataclass
class Depositing:
    """The engine, its provider, and the law's clock, which a test moves."""

    engine: Engine
    double: VoicePartnerDouble
    clock: Moved

    def launch(self, count: int = 3, **changes: object) -> str:
        changes = {"routes": ("vp",), **changes}
        return launch(self.engine, count, first=10_000_040, at=OPEN, **changes)

    def attest(self, token: str = "token-1") -> None:
        """Let one person bind the file and another one hear it."""
        self.double.keeps(token, file_name(MACHINE))
        attested(self.engine, token)

    def calls(self, campaign_id: str) -> list[Call]:
        ids = [drop.id for drop in drops(self.engine, campaign_id)]
        with self.engine.store.read() as unit:
            return [call for drop_id in ids for call in unit.calls.of_drop(drop_id)]

    def outcomes(self, campaign_id: str) -> list[str | None]:
        """Return what each call of a campaign came to, by the drops' order."""
        return [call.outcome.value if call.outcome else None for call in self.calls(campaign_id)]

    def run_until(self, is_enough: Callable[[], bool]) -> None:
        """Let one voice process work until *is_enough*."""
        asyncio.run(self._until(is_enough))

    async def _until(self, is_enough: Callable[[], bool]) -> None:
        voice = Voice(self.engine, Routes(self.engine.settings), worker="voice-1")
        running = asyncio.create_task(voice.run())
        try:
            async with asyncio.timeout(30):
                while not (running.done() or is_enough()):
                    await asyncio.sleep(0.02)
        finally:
            voice.stop()
            await running


@contextmanager
def depositing(
    store: SqlStore, folder: Path, double: VoicePartnerDouble | None = None, **changes: Json
) -> Iterator[Depositing]:
    """Set up a house whose route ``vp`` leads to a double."""
    house = a_house(store)
    settings = Settings(
        data_dir=folder,
        public_url="https://calls.example.org",
        calls_per_second=500.0,
        drain_s=2.0,
    )
    double = double or VoicePartnerDouble()
    with served(double) as address:
        with store.write() as unit:
            unit.setup.add_route(a_route(folder, address, **changes))
        clock = Moved()
        engine = Engine(settings, store, house.law, house.keys, clock)
        yield Depositing(engine, double, clock)

"""A voice process killed during a batch's request: the batch never leaves again."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.settings import Settings
from engine.bootstrap import Engine, open_engine
from engine.operations.deposit_audio import file_name
from engine.sandbox.twilio import Mishap
from engine.sandbox.twilio.web import through
from engine.sandbox.voicepartner import VoicePartnerDouble, served
from tests.engine.carriers.voicepartner.accounts import a_route
from tests.engine.deposited import MACHINE, attested
from tests.engine.operating import OPEN, a_house
from tests.ivr.depositing import Depositing, Moved
from web import create_app

pytestmark = pytest.mark.peer

PUBLIC_URL = "https://calls.example.org"


@contextmanager
def installed(folder: Path, store_url: str) -> Iterator[tuple[Engine, VoicePartnerDouble]]:
    """Set up an installation that processes can share, and its provider."""
    settings = Settings(
        data_dir=folder,
        database_url=store_url,
        public_url=PUBLIC_URL,
        law_clock_shift_s=(OPEN - datetime.now(UTC)).total_seconds(),
        worker_silence_s=3.0,
        drain_s=0.0,
    )
    engine = open_engine(settings)
    a_house(engine.store, keys=engine.keys)
    double = VoicePartnerDouble(deliver=through(create_app(settings)))
    with served(double) as address:
        with engine.store.write() as unit:
            unit.setup.add_route(a_route(folder, address))
        double.keeps("token-1", file_name(MACHINE))
        attested(engine)
        yield engine, double
    engine.close()


@contextmanager
def voice_process(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """Run a voice process of its own until the block ends, or it is killed."""
    environment = {
        **os.environ,
        "LICITE_DATA_DIR": str(settings.data_dir),
        "LICITE_DATABASE_URL": str(settings.database_url),
        "LICITE_PUBLIC_URL": PUBLIC_URL,
        "LICITE_LAW_CLOCK_SHIFT_S": str(settings.law_clock_shift_s),
        "LICITE_SIP_PORT": "0",
    }
    with (settings.data_dir / "voice.log").open("wb") as log:
        command = [sys.executable, "-m", "ivr"]
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_a_batch_whose_process_is_killed_before_its_answer_never_leaves_again(
    store_url: str, tmp_path: Path
) -> None:
    with installed(tmp_path, store_url) as (engine, double):
        house = Depositing(engine, double, Moved())
        double.next_requests(Mishap.DONE_THEN_HANGS)
        campaign = house.launch(2, attempts=4)
        with voice_process(engine.settings) as process:
            while double.mishaps:
                assert process.poll() is None, (tmp_path / "voice.log").read_text()
                assert len(house.calls(campaign)) <= 2
            process.kill()
            process.wait()
        house.run_until(lambda: house.outcomes(campaign) == ["unknown"] * 2)
        double.settle()  # the totals come, and tell the truth
        house.run_until(lambda: house.outcomes(campaign) == ["deposited"] * 2)
        assert len(double.requests) == 1

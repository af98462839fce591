"""The networks over which the scenario runs: SIP, Twilio's double, Voice Partner's double."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from config.settings import Settings
from engine import operations
from engine.bootstrap import Engine, open_engine
from engine.interfaces import Route
from engine.journal import Json
from engine.operations.deposit_audio import attest_audio, bind_audio, file_name
from engine.sandbox.network import Sandbox
from engine.sandbox.twilio import Account, TwilioDouble
from engine.sandbox.twilio import served as served_twilio
from engine.sandbox.twilio.web import through
from engine.sandbox.voicepartner import VoicePartnerDouble
from engine.sandbox.voicepartner import served as served_voicepartner
from engine.store import open_store
from ivr.routes import Routes
from ivr.voice import Voice
from tests.acceptance.scenario import OBJECTORS, UNTIL, lines, number_of, rows
from tests.engine.operating import OPEN, a_campaign, a_house, drops
from web import create_app

#: The number that is shown, and rung back.
SHOWN = "+33162000001"


@dataclass(frozen=True, slots=True)
class Place:
    """An installation of its own, with the keys of all the others: subjects are comparable."""

    engine: Engine
    settings: Settings


def _a_free_port() -> int:
    with socket.socket(type=socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def installed(folder: Path, keys: Path, **settings: object) -> Iterator[Place]:
    """Set up an installation whose law's clock stands at `OPEN` now."""
    shutil.copytree(keys, folder / "keys")
    chosen = Settings(
        data_dir=folder,
        law_clock_shift_s=(OPEN - datetime.now(UTC)).total_seconds(),
        sip_port=_a_free_port(),
        calls_per_second=20.0,
        drain_s=0.0,
        **settings,  # type: ignore[arg-type]  # a test names the field
    )
    store = open_store(chosen.store_url)
    store.upgrade()
    store.close()
    engine = open_engine(chosen)
    try:
        a_house(engine.store, keys=engine.keys)
        operations.opt_out(
            engine, "lumiere", number_of("suppressed"), channel="letter", at=engine.clock()
        )
        yield Place(engine, chosen)
    finally:
        engine.close()


def add_route(engine: Engine, name: str, carrier: str, settings: dict[str, Json]) -> None:
    with engine.store.write() as unit:
        unit.setup.add_route(Route(name, carrier, settings))


def launch(engine: Engine, route: str) -> str:
    campaign = a_campaign(routes=(route,), attempts=1, until=UNTIL, ring_s=15)
    submitted = operations.submit(engine, campaign, rows(), at=engine.clock())
    assert isinstance(submitted, operations.Submitted), submitted
    return submitted.id


async def until_over(
    engine: Engine, routes: Routes, campaign_id: str, *, then: Callable[[], object] = bool
) -> None:
    """Run a voice process until every drop has its outcome, *then* until every objector was heard.

    Where the carrier takes no key, *then* is when objectors ring the number back.
    """
    voice = Voice(engine, routes, worker="voice-1")
    running = asyncio.create_task(voice.run())
    try:
        async with asyncio.timeout(180):
            await _until(lambda: _is_over(engine, campaign_id), running)
            then()
            await _until(lambda: _are_heard(engine), running)
    finally:
        voice.stop()
        await running


async def _until(is_so: Callable[[], bool], running: asyncio.Task[None]) -> None:
    while not is_so() and not running.done():
        await asyncio.sleep(0.2)


def _is_over(engine: Engine, campaign_id: str) -> bool:
    return all(drop.outcome is not None for drop in drops(engine, campaign_id))


def _are_heard(engine: Engine) -> bool:
    return all(operations.is_opted_out(engine, "lumiere", number_of(name)) for name in OBJECTORS)


def over_sip(place: Place) -> str:
    """Run the scenario over real SIP and RTP on loopback; return the campaign."""

    async def run() -> str:
        routes = Routes(place.settings, place.engine.keys)
        inbound = (place.settings.sip_host, place.settings.sip_port)
        async with Sandbox(lines(), inbound=inbound) as sandbox:
            host, port = sandbox.address
            add_route(place.engine, "trunk", "sandbox", {"host": host, "port": port})
            campaign_id = launch(place.engine, "trunk")
            await until_over(place.engine, routes, campaign_id)
        await routes.close()
        return campaign_id

    return asyncio.run(run())


def twilio_account(place: Place, url: str, account: Account) -> None:
    """Add the route ``twilio`` to a double."""
    secret = place.settings.data_dir / "auth_token"
    secret.write_text(account.auth_token)
    settings: dict[str, Json] = {
        "account_sid": account.sid,
        "secret": str(secret),
        "api_url": url,
        "calls_per_second": 20,
        "calls_at_once": 50,
    }
    add_route(place.engine, "twilio", "twilio", settings)


@contextmanager
def a_twilio(place: Place) -> Iterator[TwilioDouble]:
    """Run a double of Twilio against the installation's own web application."""
    app = create_app(place.settings)
    double = TwilioDouble(lines(), deliver=through(app))
    voice_url = f"{place.settings.public_url}/carriers/twilio/twilio/call"
    double.account.owns(SHOWN, voice_url=voice_url)
    with served_twilio(double, real_clock=True) as url:
        twilio_account(place, url, double.account)
        yield double


def over_twilio(place: Place) -> str:
    """Run the scenario over a double of Twilio; return the campaign."""
    with a_twilio(place):
        campaign_id = launch(place.engine, "twilio")
        routes = Routes(place.settings, place.engine.keys)
        asyncio.run(until_over(place.engine, routes, campaign_id))
    return campaign_id


def over_voicepartner(place: Place) -> str:
    """Run the scenario over a double of Voice Partner; whoever objects rings the number back."""
    app = create_app(place.settings)
    double = VoicePartnerDouble(lines(), deliver=through(app), delay_s=3.0)
    with a_twilio(place) as twilio, served_voicepartner(double, real_clock=True) as url:
        secret = place.settings.data_dir / "api_key"
        secret.write_text(double.api_key)
        settings: dict[str, Json] = {
            "secret": str(secret),
            "api_url": url,
            "email": "contact@example.org",
            "sender": SHOWN,
        }
        add_route(place.engine, "deposit", "voicepartner", settings)
        _bind(place.engine, double)
        campaign_id = launch(place.engine, "deposit")
        routes = Routes(place.settings, place.engine.keys)

        def ring_back() -> None:
            for name in sorted(OBJECTORS):
                twilio.rings(number_of(name), SHOWN, keys="9")

        asyncio.run(until_over(place.engine, routes, campaign_id, then=ring_back))
    return campaign_id


def _bind(engine: Engine, double: VoicePartnerDouble) -> None:
    """Upload the approved recording and let a second person hear it."""
    with engine.store.read() as unit:
        version = unit.setup.announcement("soldes")
    assert version is not None
    sha256 = version.variants["machine"].sha256
    assert hashlib.sha256(version.variants["machine"].alaw).hexdigest() == sha256
    double.keeps("token-1", file_name(sha256))
    at = engine.clock()
    bind_audio(engine, "deposit", sha256, token="token-1", by="Ada", at=at)
    attest_audio(engine, "deposit", sha256, by="Grace", at=at)

"""Set the demonstration's stage: a database of its own, and everything a campaign needs."""

from __future__ import annotations

import hashlib
import shutil
import socket
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

from audio import announcement, script
from audio.files import write_wav
from audio.g711 import decode_alaw
from config.settings import Settings
from engine import operations
from engine.basis import ConsentText
from engine.bootstrap import SANDBOX, Engine, open_engine
from engine.clearance import CallerId, Sender
from engine.clearance.hours import consumers_next_opening
from engine.demo import scenario
from engine.interfaces import Recording, Route
from engine.journal import Json
from engine.law import Law
from engine.numbers import parse
from engine.sandbox.network import CREDENTIALS
from engine.store import open_store

PARIS = ZoneInfo("Europe/Paris")

#: How long after its opening the demonstration's campaigns end.
LASTS = timedelta(minutes=30)

MENTIONS = frozenset({"identity_and_goods", "choice", "period", "withdrawal", "proof_access"})


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage that is set: where everything is, and when it plays."""

    folder: Path
    settings: Settings
    opening: datetime
    sandbox_port: int

    @property
    def mailboxes(self) -> Path:
        """The folder of the recordings."""
        return self.folder / "mailboxes"

    @property
    def events(self) -> Path:
        """What the network saw, one JSON line a call."""
        return self.folder / "sandbox.jsonl"

    @property
    def lines(self) -> Path:
        """The network's lines."""
        return self.folder / "lines.toml"


def set_stage(folder: Path, *, language: str) -> Stage:
    """Empty *folder* of an earlier demonstration and set the stage in it; nothing runs yet."""
    for name in ("state", "mailboxes", "announcements"):
        shutil.rmtree(folder / name, ignore_errors=True)
    for old in (*folder.glob("*.jsonl"), *folder.glob("*.log"), *folder.glob("report.json")):
        old.unlink()
    (folder / "state").mkdir(parents=True)
    opening = _next_opening()
    settings = Settings(
        data_dir=folder / "state",
        database_url="",
        heads_file=None,
        language=language,
        law_clock_shift_s=(opening - datetime.now(UTC)).total_seconds() + 1.0,
        sip_host="127.0.0.1",
        sip_port=_free_port(),
        rtp_port=0,
        calls_per_second=8.0,
        calls_at_once=100,
        worker_silence_s=5.0,
        drain_s=2.0,
    )
    stage = Stage(folder, settings, opening, _free_port())
    _write_files(stage)
    _fill_store(stage)
    return stage


def _next_opening() -> datetime:
    opening = consumers_next_opening(Law.load(), datetime.now(UTC), PARIS)
    if opening is None:
        raise ValueError("no opening in a year: the rulebook's calling hours are wrong")
    return opening


def _free_port() -> int:
    """Return a UDP port that nobody has now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _write_files(stage: Stage) -> None:
    parts = scenario.cast()
    stage.lines.write_text(scenario.lines_toml(parts), "utf-8")
    listed = scenario.callees_csv(parts, at=stage.opening)
    (stage.folder / "callees.csv").write_text(listed, "utf-8")
    for name in ("first", "second"):
        written = scenario.campaign_toml(name, until=stage.opening + LASTS)
        (stage.folder / f"{name}.toml").write_text(written, "utf-8")


def _fill_store(stage: Stage) -> None:
    """Register the sender and all it calls with, as an operator would by command."""
    store = open_store(stage.settings.store_url)
    store.upgrade()
    store.close()
    engine = open_engine(stage.settings)
    try:
        _register(engine, stage)
        number = scenario.ALREADY_SUPPRESSED
        operations.opt_out(engine, scenario.SENDER_ID, number, channel="import", at=stage.opening)
    finally:
        engine.close()


def _register(engine: Engine, stage: Stage) -> None:
    at = stage.opening - timedelta(days=90)
    npv = parse(scenario.NPV)
    secret = stage.settings.keys_dir / "sandbox.secret"
    secret.write_text(CREDENTIALS[1], "utf-8")
    route: dict[str, Json] = {
        "host": "127.0.0.1",
        "port": stage.sandbox_port,
        "username": CREDENTIALS[0],
        "secret": str(secret),
    }
    with engine.store.write() as unit:
        for sender_id, name in (
            (scenario.SENDER_ID, scenario.SENDER_NAME),
            (scenario.PARTNER_ID, "Partenaire de la Lune"),
        ):
            sender = Sender(sender_id, name, "732829320", "contact@soleil.example", "fr")
            unit.setup.add_sender(sender)
        caller_id = CallerId(npv, scenario.SENDER_ID, stage.opening - timedelta(days=1), at)
        unit.setup.add_caller_id(caller_id)
        unit.setup.add_route(Route(SANDBOX, SANDBOX, route))
        for text in _consent_texts(at):
            unit.setup.add_consent_text(text)
        source = _read("announcement.toml")
        unit.setup.add_announcement(
            "galettes",
            language="fr",
            script=source,
            variants=_recordings(source, stage.folder / "announcements"),
            at=at,
        )


def _consent_texts(at: datetime) -> tuple[ConsentText, ...]:
    words = _read("consent.txt").strip()
    sha256 = hashlib.sha256(words.encode()).hexdigest()
    shown_from = at - timedelta(days=730)

    def text(text_id: str, sender_id: str, mentions: frozenset[str]) -> ConsentText:
        return ConsentText(text_id, sender_id, words, mentions, sha256, shown_from, None, 365)

    return (
        text(scenario.TEXT_ID, scenario.SENDER_ID, MENTIONS),
        text(scenario.LACKING_TEXT_ID, scenario.SENDER_ID, MENTIONS - {"period"}),
        text(scenario.PARTNER_TEXT_ID, scenario.PARTNER_ID, MENTIONS),
    )


def _recordings(source: str, folder: Path) -> dict[str, Recording]:
    """Speak the announcement, and leave both variants where a spectator can hear them."""
    folder.mkdir()
    made = announcement.make(script.Script.parse(source))
    for variant, spoken in made.items():
        (folder / f"{variant.value}.alaw").write_bytes(spoken.alaw)
        write_wav(folder / f"{variant.value}.wav", decode_alaw(spoken.alaw))
    return {
        variant.value: Recording(spoken.alaw, spoken.sha256, spoken.text)
        for variant, spoken in made.items()
    }


def _read(name: str) -> str:
    return files("config").joinpath("demo", name).read_text("utf-8")

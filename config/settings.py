"""The settings: the only reader of the environment (``LICITE_…``)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


class SettingsRefused(ValueError):
    """A variable of the environment cannot be used."""

    def __init__(self, problems: Sequence[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{name}: {reason}" for name, reason in problems))
        self.problems = tuple(problems)
        "Each variable and why."


class Settings(BaseSettings):
    """What an installation can choose; every field is ``LICITE_<NAME>`` in the environment."""

    model_config = SettingsConfigDict(env_prefix="LICITE_", extra="ignore")

    data_dir: Path = Path("var")
    "Where the embedded database, the keys, the signed tree heads and the sound files live."

    database_url: str = ""
    "SQLAlchemy address (``sqlite:///…`` or ``postgresql+psycopg://…``); empty: embedded SQLite."

    heads_file: Path | None = None
    "Where every signed tree head is also appended; `None`: ``<data_dir>/heads.jsonl``."

    law_clock_shift_s: float | None = None
    "Seconds added to the clock for the law; only where every route is the sandbox."

    language: str = Field(default="fr", pattern="^(fr|en)$")
    "The language that operators are spoken to in: ``fr`` or ``en``."

    sip_host: str = "127.0.0.1"
    "The address that the voice process binds for SIP and RTP."

    sip_port: int = Field(default=5080, ge=0, le=65535)
    "The UDP port that the voice process binds for SIP; 0 lets the system choose."

    rtp_port: int = Field(default=0, ge=0, le=65535)
    "The one UDP port of every call's audio; 0 lets the system choose."

    calls_per_second: float = Field(default=10.0, gt=0)
    "Calls that one voice process starts a second, over all campaigns."

    calls_at_once: int = Field(default=200, ge=1)
    "Calls that one voice process holds at once, inbound ones included."

    worker_silence_s: float = Field(default=15.0, ge=3)
    "Seconds without a heartbeat after which a voice process counts as dead."

    drain_s: float = Field(default=30.0, ge=0)
    "Seconds that a voice process told to stop gives its calls to end by themselves."

    public_url: str = Field(default="", pattern=r"^(https?://[^\s?#]+)?$")
    "Where carriers reach the web process (``https://calls.example.org``); empty: they cannot."

    web_host: str = "127.0.0.1"
    web_port: int = Field(default=8000, ge=0, le=65535)

    @property
    def store_url(self) -> str:
        """The address of the store, the embedded one by default."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'licite.db'}"

    @property
    def keys_dir(self) -> Path:
        """Where the secret keys lie."""
        return self.data_dir / "keys"

    @property
    def heads_path(self) -> Path:
        """Where the signed tree heads are appended."""
        return self.heads_file or self.data_dir / "heads.jsonl"


def read_settings() -> Settings:
    """Read the environment; SettingsRefused, naming every variable that cannot be used."""
    try:
        return Settings()
    except ValidationError as error:
        refused = [(_variable(each["loc"]), each["msg"]) for each in error.errors()]
        raise SettingsRefused(refused) from None


def _variable(place: Sequence[int | str]) -> str:
    return f"LICITE_{place[0]}".upper() if place else "LICITE_…"

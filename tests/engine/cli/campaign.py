"""What a campaign needs, set up by command in a folder of its own."""

from __future__ import annotations

from pathlib import Path

from tests.engine.cli.conftest import CommandLine

SCRIPT = """
sender = "Lumière du Midi SARL"
language = "fr"

[[segment]]
text = "Bonjour, ici Lumière du Midi SARL, pour un appel commercial."

[[segment]]
text = "Nous vous invitons à nos portes ouvertes du samedi 14 mars à Marseille."
purpose = true

[[segment]]
text = "Pour ne plus recevoir nos messages, appuyez sur la touche 9."
only = "person"

[[segment]]
text = "Pour ne plus recevoir nos messages, appelez le 09 48 00 00 01, appel non surtaxé."
"""

CAMPAIGN = """
name = "Portes ouvertes"
sender = "midi"
kind = "marketing"
sector = "retail"
purpose = "inviter aux portes ouvertes"
caller_id = "0948000001"
opt_out_number = "0948000001"
announcement = "portes"
routes = ["sandbox"]
callees = "callees.csv"
consent_texts = ["web-1"]
"""

HEADER = (
    "number,callee_kind,territory,basis,consent_at,consent_text,consent_channel,consent_source\n"
)
CONSENT = "consent,2026-09-01T10:00:00+02:00,web-1,ticked_box,site"
CALLEES = (
    f"{HEADER}0612345601,consumer,FR,{CONSENT}\n"
    "0612345602,consumer,FR,legitimate_interest,,,,site\n"
    f"06123,consumer,FR,{CONSENT}\n"
)
MENTIONS = ("identity_and_goods", "choice", "period", "withdrawal", "proof_access")


def set_up(licite: CommandLine, folder: Path) -> Path:
    """Register all that a campaign names; return the campaign's file."""
    (folder / "consent.txt").write_text("J'accepte d'être appelé.", encoding="utf-8")
    (folder / "script.toml").write_text(SCRIPT, encoding="utf-8")
    (folder / "campaign.toml").write_text(CAMPAIGN, encoding="utf-8")
    (folder / "callees.csv").write_text(CALLEES, encoding="utf-8")
    licite.json("db", "upgrade")
    licite.json(
        *("sender", "add", "midi", "--name", "Lumière du Midi SARL", "--siren", "732829320"),
        *("--contact", "contact@midi.example"),
    )
    since = ("--sender", "midi", "--assigned-since", "2026-01-05")
    licite.json("caller-id", "add", "0948000001", *since)
    licite.json("caller-id", "verify", "0948000001")
    licite.json("route", "add", "sandbox", "--carrier", "sandbox")
    licite.json(
        *("consent-text", "add", "web-1", "--sender", "midi", "--from", "2026-08-12"),
        *("--file", folder / "consent.txt", "--period-days", 365),
        *(part for mention in MENTIONS for part in ("--mention", mention)),
    )
    licite.json(
        *("announcement", "add", "portes", "--script", folder / "script.toml", "--sender", "midi"),
        *("--kind", "marketing", "--opt-out", "0948000001"),
    )
    return folder / "campaign.toml"

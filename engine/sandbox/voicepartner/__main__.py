"""The double as a process: ``python -m engine.sandbox.voicepartner``."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Mapping
from pathlib import Path

import click

from engine.sandbox.lines import Lines, LinesError
from engine.sandbox.voicepartner.double import VoicePartnerDouble
from engine.sandbox.voicepartner.serving import served

#: Files that the account holds from the start, as if somebody had uploaded them.
UPLOADED = 9


@click.command(name="python -m engine.sandbox.voicepartner")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to bind.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=5093, show_default=True, help="0: any."
)
@click.option(
    "--api-key-file",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The file that holds the key to ask for.",
)
@click.option("--lines", "lines_file", type=click.Path(path_type=Path), help="TOML file of lines.")
@click.option("--events", type=click.Path(path_type=Path), help="JSON lines, one a happening.")
@click.option(
    "--delay",
    "delay_s",
    type=click.FloatRange(0),
    default=5.0,
    show_default=True,
    help="Seconds from a request to its deposits.",
)
def main(
    *,
    host: str,
    port: int,
    api_key_file: Path,
    lines_file: Path | None,
    events: Path | None,
    delay_s: float,
) -> None:
    """Run a direct-deposit provider that reaches nobody, to rehearse on."""
    try:
        lines = Lines.read(lines_file) if lines_file else Lines()
    except (OSError, LinesError) as error:
        raise click.UsageError(str(error)) from error

    def write(event: Mapping[str, object]) -> None:
        if events:
            with events.open("a", encoding="utf-8") as file:
                file.write(json.dumps(event) + "\n")

    double = VoicePartnerDouble(
        lines,
        api_key=api_key_file.read_text("utf-8").strip(),
        delay_s=delay_s,
        on_event=write,
    )
    for number in range(1, UPLOADED + 1):
        double.keeps(f"audio-{number}", "sans-titre.wav")
    stopped = threading.Event()
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, lambda *_: stopped.set())
    with served(double, host=host, port=port, real_clock=True) as address:
        click.echo(f"voicepartner double ready on {address}")
        stopped.wait()


if __name__ == "__main__":
    main()

"""The sandbox as a process: ``python -m engine.sandbox``; the package's docstring says the rest."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import click

from engine.sandbox.lines import Lines, LinesError
from engine.sandbox.network import CREDENTIALS, Sandbox


@click.command(name="python -m engine.sandbox")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to bind.")
@click.option(
    "--sip-port",
    type=click.IntRange(0, 65535),
    default=5090,
    show_default=True,
    help="UDP port for SIP; 0: any.",
)
@click.option("--lines", "lines_file", type=click.Path(path_type=Path), help="TOML file of lines.")
@click.option("--mailboxes", type=click.Path(path_type=Path), help="Folder for the WAV files.")
@click.option("--events", type=click.Path(path_type=Path), help="JSON lines, one a call.")
@click.option("--inbound", metavar="HOST:PORT", help="Where lines that call back ring.")
@click.option(
    "--register",
    metavar="USER:PASSWORD",
    default=":".join(CREDENTIALS),
    show_default=True,
    help="What REGISTER and challenging lines ask for.",
)
@click.option(
    "--rtp-timeout",
    type=click.FloatRange(min=0.1),
    default=5.0,
    show_default=True,
    help="Seconds without RTP after which a line hangs up.",
)
def main(
    *,
    host: str,
    sip_port: int,
    lines_file: Path | None,
    mailboxes: Path | None,
    events: Path | None,
    inbound: str | None,
    register: str,
    rtp_timeout: float,
) -> None:
    """Run a telephone network in a box, to rehearse on."""
    try:
        lines = Lines.read(lines_file) if lines_file else Lines()
    except (OSError, LinesError) as error:
        raise click.UsageError(str(error)) from error
    user, _, password = register.partition(":")
    sandbox = Sandbox(
        lines,
        host=host,
        sip_port=sip_port,
        mailboxes=mailboxes,
        events=events,
        inbound=_endpoint(inbound) if inbound else None,
        credentials=(user, password),
        rtp_timeout_s=rtp_timeout,
    )
    try:
        asyncio.run(_run(sandbox))
    except OSError as error:
        raise click.ClickException(f"cannot bind {host}:{sip_port}: {error.strerror}") from error


def _endpoint(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal():
        raise click.UsageError(f"--inbound must be HOST:PORT, not {text!r}")
    return host, int(port)


async def _run(sandbox: Sandbox) -> None:
    """Serve until told to stop."""
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with sandbox:
        host, port = sandbox.address
        click.echo(f"sandbox ready on {host}:{port}")
        await stopped.wait()


if __name__ == "__main__":
    main()

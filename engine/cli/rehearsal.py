"""``licite demo``: the whole main job on this machine."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from engine.cli.output import complaining
from engine.cli.shell import Shell


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print report.json, nothing else.")
@click.pass_obj
def demo(shell: Shell, *, as_json: bool) -> None:
    """Play the demonstration: forty sandbox lines, real SIP and RTP, opt-outs, the proof.

    Leaves report.json and the recordings of the mailboxes in LICITE_DATA_DIR/demo.
    """
    # By name: the demonstration is a program beside this one, not a part that it is built from.
    run = import_module("engine.demo").run
    folder = shell.settings.data_dir / "demo"
    with complaining(shell, as_json=as_json):
        status = run(folder, as_json=as_json, language=shell.say.language)
    sys.exit(status)

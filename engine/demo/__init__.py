"""The demonstration: the whole main job on one machine, with a telephone network in a box."""

from engine.demo.play import run

__all__ = ["run"]

"""Listening to calls: person or machine, greeting, beep, tones; sans-I/O, many calls at once.

>>> ear = Ear(capacity=200)
>>> slot = ear.open()
>>> heard = ear.hear(np.array([slot]), frames)  # (1, 160) float32 in [-1, 1]: 20 ms
>>> ear.close(slot)
"""

from audio.listen.ear import Ear
from audio.listen.heard import Heard, Hearing

__all__ = ["Ear", "Heard", "Hearing"]

"""Interfaces between the conversation, the operations and the adapters."""

from engine.interfaces.calls import (
    CallEvent,
    Carrier,
    Clock,
    Happening,
    LiveCall,
    NotAnswered,
)

__all__ = ["CallEvent", "Carrier", "Clock", "Happening", "LiveCall", "NotAnswered"]

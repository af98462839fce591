"""Carriers: the only rooms with sockets."""

"""RTP without input or output (RFC 3550): packets, key presses, paced streams.

`packet` and `telephone_event` are the wire's value types. `sending` stamps the packets of N
calls a tick from announcements that stand once on the `shelf`; `receiving` takes batches of
datagrams, finds their calls (`sources`) and hands the listener one frame a call a tick
(`playout`). Nothing here knows the time: a tick is 20 ms because the caller says so.
"""

"""Carriers: the only rooms with sockets.

    carrier = await TrunkCarrier.open(
        "0.0.0.0", 5060, 4000, trunk=("sip.trunk.example", 5060), domain="trunk.example",
        calls_at_once=200, ear=Ear(200),
    )
    call = await carrier.place(paper, ring_s=40)    # a TrunkCall, or NotAnswered

`trunk` opens, places and closes; `exchange` brings together what SIP (`signalling`) and audio
(`media`) tell of each call (`lines`, `live`). `pacer` is the thread behind the one media port,
`datagrams` its system calls, `causes` the table from final responses to outcomes.
"""

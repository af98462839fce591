"""A telephone network in a box, speaking real SIP and RTP on loopback."""

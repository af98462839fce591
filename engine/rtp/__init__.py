"""RTP without input or output (RFC 3550): packets, key presses, paced streams."""

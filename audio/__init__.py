"""Ground: PCM, G.711, files, loudness, speech, scripts and listening."""

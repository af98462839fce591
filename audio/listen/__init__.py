"""What a line is, heard from its first seconds: a person, a machine, a beep, tones."""

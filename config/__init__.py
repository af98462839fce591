"""Ground: settings and the committed data (law, numbering, wording)."""

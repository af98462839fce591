"""One scenario over every carrier."""

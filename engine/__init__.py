"""The engine: rules in the middle, operations around them, adapters at the rim."""

"""The conversation: what a callee hears and presses."""

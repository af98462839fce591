"""What the sandbox's lines say, a TOML file a language."""

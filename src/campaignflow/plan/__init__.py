"""The plan: what is meant to happen, an immutable value, read from YAML or built in Python; pure."""

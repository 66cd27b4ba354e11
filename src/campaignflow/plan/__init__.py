"""The plan: what is meant to happen, as a value; how it is read, checked and written. Pure."""

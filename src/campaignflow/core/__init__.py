"""The core: what may happen, and what it means. Pure: no clock, no disk, no chance of its own."""

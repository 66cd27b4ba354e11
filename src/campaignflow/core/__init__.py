"""The core: what may happen and what it means, as pure functions of plan, state and command."""

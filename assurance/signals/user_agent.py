"""How likely the browser and system are for her rather than for anyone (Freeman model)."""

from assurance.signals.signal import Habit

SIGNAL = Habit(
    name="user_agent",
    chain=("browser", "system"),
    usual="A browser she often uses",
    unusual="A browser unusual for her",
    unknown="Too little known of her usual browsers",
).signal()

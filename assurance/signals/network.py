"""How likely the network is for her rather than for anyone (Freeman model)."""

from assurance.signals.signal import Habit

SIGNAL = Habit(
    name="network",
    chain=("network", "country"),
    usual="A network she often uses",
    unusual="A network unusual for her",
    unknown="Too little known of her usual networks",
).signal()

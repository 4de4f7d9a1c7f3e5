"""What a signal is, and the kind of signal that is learned from habits."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from assurance.rules import habit_bits
from assurance.types import Evidence, Group, Material


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal: its default bits by class of values, where they come from, and how it looks at the material."""

    name: str
    defaults: Mapping[str, float]
    source_of_weights: str
    look: Callable[[Material], tuple[Evidence, ...]]


def missing(signal: str, group: Group, label: str, source: str) -> Evidence:
    """Evidence that is not there: it weighs nothing and is listed, because a missing signal is not a good signal."""
    return Evidence(signal=signal, group=group, bits=0.0, label=label, source=source, missing=True)


@dataclass(frozen=True, slots=True)
class Habit:
    """A chain of features, narrowest first, weighed by how usual they are for her and for everybody."""

    name: str
    chain: tuple[str, ...]
    usual: str
    unusual: str
    unknown: str

    def signal(self) -> Signal:
        """The signal of this habit."""
        return Signal(
            name=self.name,
            defaults={},
            source_of_weights="learned: counts of her sessions and of everybody's (Freeman et al., NDSS 2016)",
            look=self._look,
        )

    def _look(self, material: Material) -> tuple[Evidence, ...]:
        own, crowd = material.profile, material.crowd
        bits = habit_bits(self.chain, material.features, own.features, own.sessions, crowd.features, crowd.sessions)
        if bits is None:
            return (missing(self.name, Group.DEVICE_NETWORK, self.unknown, "assurance"),)
        return (
            Evidence(
                signal=self.name,
                group=Group.DEVICE_NETWORK,
                bits=bits,
                label=self.usual if bits > 0 else self.unusual,
                source="assurance",
                value_class="usual" if bits > 0 else "unusual",
                model=crowd.version,
            ),
        )

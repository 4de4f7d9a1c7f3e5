"""Every measured operation by its name, in the order of the report."""

from collections.abc import Callable

from bench import chains, consents
from bench.chains import Browser
from bench.load import Chain, Tally
from bench.target import Target

OPERATIONS: dict[str, Callable[[Target, Browser, Tally], Chain]] = chains.OPERATIONS | consents.OPERATIONS

"""Two sign-ins too far apart for the time between them."""

from datetime import timedelta

import pytest

from assurance.rules import is_impossible_travel
from assurance.types import Sighting
from tests.services.assurance.conftest import NOW

MADRID, PARIS, SYDNEY = (40.0, -4.0), (49.0, 2.0), (-34.0, 151.0)


@pytest.mark.parametrize(
    ("one", "other", "hours", "impossible"),
    [
        (MADRID, MADRID, 0.0, False),
        (MADRID, PARIS, 0.0, True),
        (MADRID, PARIS, 1.0, False),
        (MADRID, SYDNEY, 10.0, True),
        (MADRID, SYDNEY, 24.0, False),
        ((0.0, 179.0), (0.0, -179.0), 0.0, False),
    ],
)
def test_a_journey_takes_its_time_whichever_way_it_goes(one, other, hours, impossible):
    first, then = Sighting(one[0], one[1], NOW), Sighting(other[0], other[1], NOW + timedelta(hours=hours))
    assert is_impossible_travel(first, then) is impossible
    assert is_impossible_travel(then, first) is impossible

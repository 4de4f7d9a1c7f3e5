"""A delivery of a feed, from the body of a request to its answer.

    arrived --shape is right--> read --fits--> applied
                                     | looks like poison --> quarantined --released--> applied, --discarded--> gone
                                     | behind one that does --> held --> as above, in its turn

Whose feed it is comes first: of another client's nothing is read. What a person decides: `services.release_batch`.
"""

import json
from collections.abc import Mapping
from typing import Any

from kit.call import CallContext
from kit.ids import digest
from kit.refusal import NotAllowed
from sync import rules, services
from sync.queries import demand_feed
from sync.types import Taken

TRANSITIONS = {
    "arrived": ("applied", "quarantined", "held"),
    "held": ("applied", "quarantined"),
    "quarantined": ("applied", "discarded"),
    "applied": ("taken_back",),
    "taken_back": ("applied",),
    "discarded": (),
}


def deliver(*, feed: str, key: str, body: Mapping[str, Any], signed: bool, call: CallContext) -> Taken:
    """Take a delivery in, once for each `key`. Raises MalformedInput with nothing taken, and as `take_in` does."""
    settings = demand_feed(slug=feed, caller=call.caller).body
    if settings.get("scim"):
        raise NotAllowed("This feed comes by SCIM.")
    if settings.get("signed_by") and not signed:
        raise NotAllowed("Deliveries of this feed are signed; a token is not enough.")
    records, as_of = rules.read_delivery(body)
    return services.take_in(
        feed=feed,
        records=records,
        as_of=as_of,
        key=digest(rules.read_key(key)),
        digest=digest(json.dumps(body, sort_keys=True)),
        call=call,
    )

"""Testing a connection: a real verification event goes out, and what the other side answers is shown.

asked --sent--> answered, or not --written down--> shown
"""

from kit.call import CallContext
from sync import services
from sync.errors import ConnectionDisabled
from sync.queries import get_connection
from sync.transports import TRANSPORTS
from sync.types import Answer, Kind, Outcome, Standing

TRANSITIONS = {"asked": ("answered", "unanswered"), "answered": (), "unanswered": ()}


def send_verification(*, slug: str, call: CallContext) -> Outcome:
    """Send a verification event and wait for the answer, as long as a delivery would. Paused systems are tested too.

    Raises NotFound, and ConnectionDisabled for one that is switched off or of a kind that cannot be sent to.
    """
    connection = get_connection(slug=slug)
    if connection.draft.kind is Kind.SSF_POLL and connection.standing is not Standing.DISABLED:
        return _put_in_line(slug, call)
    transport = TRANSPORTS.get(connection.draft.kind.value)
    if connection.standing is Standing.DISABLED or transport is None or transport.verify is None:
        raise ConnectionDisabled
    outcome = transport.verify(connection, call.now)()
    services.note_test(slug=slug, outcome=outcome, call=call)
    return outcome


def _put_in_line(slug: str, call: CallContext) -> Outcome:
    """Whoever fetches cannot be sent to: the event waits for it, and arrives when it is acknowledged."""
    services.request_verification(stream_id=slug, call=call)
    outcome = Outcome(Answer.FAILED, "put_in_line")
    services.note_test(slug=slug, outcome=outcome, call=call)
    return outcome

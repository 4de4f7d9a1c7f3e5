"""The deeds of this room: fan facts out, lease and conclude deliveries, connect systems and care for them."""

from sync.services.bell import WORKER_TASK, ring_couriers, ring_for
from sync.services.connections import (
    change_connection,
    create_connection,
    disable_connection,
    end_rotation,
    note_test,
    pause_connection,
    resume_connection,
    rewrap_connection_secrets,
    rewrap_deliveries,
    rotate_secret,
)
from sync.services.deliveries import (
    clear_deliveries,
    confirm_deliveries,
    confirm_delivery,
    fail_delivery,
    lease_deliveries,
    renew_leases,
    replay_deliveries,
    replay_delivery,
)
from sync.services.documents import apply_connections
from sync.services.fan_out import fan_out
from sync.services.feeds import apply_feeds, check_feed, clear_batches
from sync.services.hearing import (
    apply_transmitters,
    check_transmitters,
    clear_heard_tokens,
    cut_off_flood,
    release_transmitter,
    take_in_set,
)
from sync.services.intake import take_in
from sync.services.polling import conclude_poll, give_up_offered, give_up_unfetched, offer_deliveries
from sync.services.quarantine import discard_batch, release_batch
from sync.services.receipts import forget_attributes_of, note_applied, note_told
from sync.services.rounds import (
    begin_round,
    clear_rounds,
    conclude_round,
    judge_held,
    look_again,
    put_heartbeat_in_line,
)
from sync.services.scim import (
    create_scim_user,
    delete_scim_user,
    forget_scim_users_of,
    patch_scim_user,
    replace_scim_user,
)
from sync.services.streams import (
    add_subject,
    change_stream,
    create_stream,
    delete_stream,
    remove_subject,
    request_verification,
    set_stream_status,
)

__all__ = [
    "WORKER_TASK",
    "add_subject",
    "apply_connections",
    "apply_feeds",
    "apply_transmitters",
    "begin_round",
    "change_connection",
    "change_stream",
    "check_feed",
    "check_transmitters",
    "clear_batches",
    "clear_deliveries",
    "clear_heard_tokens",
    "clear_rounds",
    "conclude_poll",
    "conclude_round",
    "confirm_deliveries",
    "confirm_delivery",
    "create_connection",
    "create_scim_user",
    "create_stream",
    "cut_off_flood",
    "delete_scim_user",
    "delete_stream",
    "disable_connection",
    "discard_batch",
    "end_rotation",
    "fail_delivery",
    "fan_out",
    "forget_attributes_of",
    "forget_scim_users_of",
    "give_up_offered",
    "give_up_unfetched",
    "judge_held",
    "lease_deliveries",
    "look_again",
    "note_applied",
    "note_test",
    "note_told",
    "offer_deliveries",
    "patch_scim_user",
    "pause_connection",
    "put_heartbeat_in_line",
    "release_batch",
    "release_transmitter",
    "remove_subject",
    "renew_leases",
    "replace_scim_user",
    "replay_deliveries",
    "replay_delivery",
    "request_verification",
    "resume_connection",
    "rewrap_connection_secrets",
    "rewrap_deliveries",
    "ring_couriers",
    "ring_for",
    "rotate_secret",
    "set_stream_status",
    "take_in",
    "take_in_set",
]

"""The pages that are our own; sign-in pages are allauth's and render our templates."""

from portal.views.approvals import approval, approvals
from portal.views.assistance import console_customer, console_customers, end_assistance
from portal.views.console import console, console_client, console_clients, design, outbox
from portal.views.decisions import console_decision, console_decisions
from portal.views.deliveries import (
    console_deliveries,
    console_end_sessions,
    console_replay,
    console_sessions,
    console_sessions_ended,
)
from portal.views.feeds import (
    console_attributes,
    console_conflicts,
    console_decide_batch,
    console_feed,
    console_feeds,
)
from portal.views.governing import (
    console_actions,
    console_change,
    console_channel,
    console_channels,
    console_decide_change,
    console_edit_change,
    console_new_change,
    console_new_sources,
    console_sources,
    console_sources_version,
    console_version,
    console_weakest,
)
from portal.views.handoff import continue_elsewhere, handoff
from portal.views.household import (
    accounts_here,
    forget_account,
    sign_everybody_out,
    switch_account,
    use_another_account,
)
from portal.views.own import apps, home, not_me, security, withdraw_app
from portal.views.sessions import end_all_sessions, end_other_sessions, end_session, sessions, sessions_ended
from portal.views.systems import (
    console_care_for_system,
    console_connect,
    console_edit_system,
    console_system,
    console_systems,
)

__all__ = [
    "accounts_here",
    "approval",
    "approvals",
    "apps",
    "console",
    "console_actions",
    "console_attributes",
    "console_care_for_system",
    "console_change",
    "console_channel",
    "console_channels",
    "console_client",
    "console_clients",
    "console_conflicts",
    "console_connect",
    "console_customer",
    "console_customers",
    "console_decide_batch",
    "console_decide_change",
    "console_decision",
    "console_decisions",
    "console_deliveries",
    "console_edit_change",
    "console_edit_system",
    "console_end_sessions",
    "console_feed",
    "console_feeds",
    "console_new_change",
    "console_new_sources",
    "console_replay",
    "console_sessions",
    "console_sessions_ended",
    "console_sources",
    "console_sources_version",
    "console_system",
    "console_systems",
    "console_version",
    "console_weakest",
    "continue_elsewhere",
    "design",
    "end_all_sessions",
    "end_assistance",
    "end_other_sessions",
    "end_session",
    "forget_account",
    "handoff",
    "home",
    "not_me",
    "outbox",
    "security",
    "sessions",
    "sessions_ended",
    "sign_everybody_out",
    "switch_account",
    "use_another_account",
    "withdraw_app",
]

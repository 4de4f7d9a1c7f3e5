"""What the clock has done, and every how many seconds."""

from typing import Any

EVERY_SO_OFTEN: dict[str, dict[str, Any]] = {
    "seal-the-journal": {"task": "audit.tasks.seal_journal", "schedule": 60.0},
    "make-partitions": {"task": "audit.tasks.make_partitions", "schedule": 24 * 3600.0},
    "send-waiting-messages": {"task": "notifications.tasks.send_waiting", "schedule": 5.0},
    "deliver-what-waits": {"task": "sync.tasks.deliver_waiting", "schedule": 2.0},
    "clear-old-deliveries": {"task": "sync.tasks.clear_old_deliveries", "schedule": 3600.0},
    "check-feeds": {"task": "sync.tasks.check_feeds", "schedule": 60.0},
    "listen-for-silence": {"task": "sync.tasks.listen_for_silence", "schedule": 5.0},
    "clear-old-rounds": {"task": "sync.tasks.clear_old_rounds", "schedule": 3600.0},
    "clear-old-batches": {"task": "sync.tasks.clear_old_batches", "schedule": 3600.0},
    "clear-what-has-expired": {"task": "oauth.tasks.clear_expired", "schedule": 3600.0},
    "clear-browser-sessions": {"task": "sessions_hub.tasks.clear_browser_sessions", "schedule": 3600.0},
    "clear-old-sessions": {"task": "sessions_hub.tasks.clear_old_sessions", "schedule": 3600.0},
    "clear-old-handoffs": {"task": "sessions_hub.tasks.clear_old_handoffs", "schedule": 3600.0},
    "clear-old-step-ups": {"task": "assurance.tasks.clear_old_step_ups", "schedule": 3600.0},
    "end-abandoned-sessions": {"task": "delegation.tasks.end_abandoned_sessions", "schedule": 60.0},
    "clear-old-delegations": {"task": "delegation.tasks.clear_old_delegations", "schedule": 3600.0},
    "clear-old-messages": {"task": "notifications.tasks.clear_old_messages", "schedule": 3600.0},
    "learn-how-everybody-comes": {"task": "assurance.tasks.learn_population", "schedule": 3600.0},
    "clear-unverified-accounts": {"task": "accounts.tasks.clear_unverified_accounts", "schedule": 3600.0},
}

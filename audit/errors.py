"""What the journal refuses."""

from kit.refusal import Refusal


class JournalBroken(Refusal):
    """`audit_verify` found an edited, removed, re-ordered or cut row."""

    code = "journal_broken"
    status = 500
    message = "The journal does not match its seals."

"""What every connected system does the same: it hears of changes, once each and in order, and can say what it has.

A change comes as a CloudEvent in a Standard Webhooks envelope. Three rules keep it right, whatever the network does:
check the signature with the standard's own library, remember the id (what comes twice is done once), and never let an
older sequence overwrite a newer one. All of it is one transaction with what the change does.
"""

import hashlib
import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hmac import compare_digest
from pathlib import Path
from secrets import token_urlsafe
from threading import Lock
from typing import Any

from flask import Flask, Response, abort, jsonify, redirect, render_template, request
from jinja2 import ChoiceLoader, FileSystemLoader
from standardwebhooks import Webhook, WebhookVerificationError
from werkzeug import Response as BaseResponse

from examples.settings import SystemSettings, read_system_settings

SHARED_TEMPLATES = Path(__file__).parent / "templates"
VERIFICATION = "throughline.verification"
_TABLES = """
CREATE TABLE IF NOT EXISTS heard (id TEXT PRIMARY KEY, type TEXT, subject TEXT, sequence INTEGER, did TEXT,
                                  at TEXT DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ')));
CREATE TABLE IF NOT EXISTS secrets (secret TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS people (subject TEXT PRIMARY KEY, sequence INTEGER NOT NULL, facts TEXT NOT NULL);
"""
_ONE = "SELECT * FROM people WHERE subject = ?"
_NEXT = "SELECT * FROM people WHERE subject > ? ORDER BY subject LIMIT ?"

Apply = Callable[[dict[str, Any], dict[str, Any]], dict[str, Any] | None]
"""What an event makes of what was known of somebody: the new facts, or None to forget her."""

Permits = Callable[[dict[str, Any]], list[str]]
"""The purposes that somebody permits, from what is known of her."""


class ConnectedSystem(Flask):
    """A Flask app with a small database of its own. `apply` is all that differs from one system to another.

    One that keeps consents says which with `permits`.
    """

    def __init__(self, name: str, import_name: str, apply: Apply, permits: Permits | None = None) -> None:
        super().__init__(import_name)
        self.settings: SystemSettings = read_system_settings(name)
        self.apply, self.permits = apply, permits
        self._one_at_a_time = Lock()
        self.page = f"{name}.html"
        self.config["MAX_CONTENT_LENGTH"] = 100_000
        assert self.jinja_loader is not None
        self.jinja_loader = ChoiceLoader([self.jinja_loader, FileSystemLoader(SHARED_TEMPLATES)])
        self.form_token = token_urlsafe(16)  # a page of somebody else does not know it
        self.jinja_env.globals.update(settings=self.settings, form_token=self.form_token, is_canary=is_canary)
        with self.database() as rows:
            rows.executescript(_TABLES)
            self.secrets = self._read_secrets(rows)
        self.post("/hooks")(self.hear)
        self.post("/digest")(self.tell_digest)
        self.post("/secret")(self.learn_secret)
        self.get("/")(self.show)
        self.register_error_handler(WebhookVerificationError, self.refuse)

    # Hearing

    def hear(self) -> Response:
        """A change: done at once, in one transaction with remembering its id. The answer says that it is done."""
        event = self.read_signed()
        if event["type"] == VERIFICATION:
            return jsonify(applied=True, system=self.settings.name)
        with self.database() as rows:
            did = self.do_once(rows, request.headers["webhook-id"], event)
        return jsonify(applied=True, did=did, sequence=event["data"]["sequence"])

    def do_once(self, rows: sqlite3.Connection, id: str, event: dict[str, Any]) -> str:
        """Apply an event unless it was heard before, or a later one of the same person was."""
        if rows.execute("SELECT 1 FROM heard WHERE id = ?", [id]).fetchone():
            return "heard before"
        subject, sequence = event["subject"], int(event["data"]["sequence"])
        known = rows.execute("SELECT sequence, facts FROM people WHERE subject = ?", [subject]).fetchone()
        did = "superseded" if known and known["sequence"] >= sequence else "applied"
        if did == "applied":
            facts = self.apply(event, json.loads(known["facts"]) if known else {})
            self._keep(rows, subject, sequence, facts)
        values = [id, event["type"], subject, sequence, did]
        rows.execute("INSERT INTO heard (id, type, subject, sequence, did) VALUES (?, ?, ?, ?, ?)", values)
        return did

    def _keep(self, rows: sqlite3.Connection, subject: str, sequence: int, facts: dict[str, Any] | None) -> None:
        """Of somebody who is to be forgotten only the sequence stays, so that no late event brings her back."""
        kept = json.dumps({"forgotten": True} if facts is None else facts, sort_keys=True)
        rows.execute(
            "INSERT INTO people VALUES (?, ?, ?) "
            "ON CONFLICT (subject) DO UPDATE SET sequence = excluded.sequence, facts = excluded.facts",
            [subject, sequence, kept],
        )

    def read_signed(self) -> dict[str, Any]:
        """The body of a request whose envelope one of our secrets verifies. Raises WebhookVerificationError."""
        body, headers = request.get_data(), dict(request.headers)
        for secret in self.secrets:
            try:
                return dict(Webhook(secret).verify(body, headers))
            except WebhookVerificationError:
                continue
            except ValueError as error:  # a signature that is not even base64
                raise WebhookVerificationError(str(error)) from error
        raise WebhookVerificationError("No secret of ours verifies it.")

    def learn_secret(self) -> BaseResponse:
        """An operator gave us a new secret at the gateway: whoever runs this system types it in."""
        self.check_form()
        secret = request.form["secret"].strip()
        if not re.fullmatch("whsec_[A-Za-z0-9+/]{32,}=*", secret):
            abort(400)
        with self.database() as rows:
            rows.execute("INSERT OR REPLACE INTO secrets VALUES (?)", [secret])
            self.secrets = self._read_secrets(rows)
        return redirect("/", 303)

    def _read_secrets(self, rows: sqlite3.Connection) -> tuple[str, ...]:
        """What the gateway may sign with: what somebody typed here, the newest first, and what we began with."""
        learned = rows.execute("SELECT secret FROM secrets ORDER BY rowid DESC LIMIT 2").fetchall()
        return (*(row["secret"] for row in learned), *self.settings.secrets)

    def check_form(self) -> None:
        """Whether a form comes from a page of ours; 403 otherwise."""
        if not compare_digest(request.form.get("token", "").encode(), self.form_token.encode()):
            abort(403)

    def refuse(self, error: WebhookVerificationError) -> tuple[Response, int]:
        """Somebody else, or somebody too late: nothing is done."""
        return jsonify(error="invalid_signature", detail=str(error)), 401

    # Saying what is here

    def tell_digest(self) -> Response:
        """What is here, for whoever proves with the same secret to be the gateway: it compares.

        Asked for `subjects`, of those only; with `after`, from that one on in their order; at most `limit`.
        """
        asked = self.read_signed()
        limit = min(int(asked.get("limit", 1000)), 1000)
        with self.database() as rows:
            if "subjects" in asked:
                every = [rows.execute(_ONE, [str(each)]).fetchone() for each in asked["subjects"][:limit]]
                found = [row for row in every if row]
            else:
                found = rows.execute(_NEXT, [str(asked.get("after", "")), limit]).fetchall()
        return jsonify(system=self.settings.name, subjects=[self._sum_up(row) for row in found])

    def _sum_up(self, row: sqlite3.Row) -> dict[str, Any]:
        said = {"subject": row["subject"], "sequence": row["sequence"], "digest": digest(row)}
        return said if self.permits is None else said | {"permits": self.permits(json.loads(row["facts"]))}

    def show(self) -> str:
        """Who is known here, and what was heard last; the page looks for news by itself."""
        with self.database() as rows:
            heard = rows.execute("SELECT * FROM heard ORDER BY rowid DESC LIMIT 12").fetchall()
            people = rows.execute("SELECT * FROM people ORDER BY rowid DESC LIMIT 50").fetchall()
        known = [{"subject": row["subject"], "sequence": row["sequence"], **json.loads(row["facts"])} for row in people]
        return render_template(self.page, people=sorted(known, key=is_canary), heard=heard)

    # Keeping

    @contextmanager
    def database(self) -> Iterator[sqlite3.Connection]:
        """One transaction on the database, one at a time."""
        with self._one_at_a_time:  # SQLite has one writer; whoever polls for it waits longer
            yield from self._transaction()

    def _transaction(self) -> Iterator[sqlite3.Connection]:
        rows = sqlite3.connect(self.settings.database, timeout=10, isolation_level=None)
        rows.row_factory = sqlite3.Row
        try:
            rows.execute("PRAGMA journal_mode = WAL")
            rows.execute("BEGIN IMMEDIATE")
            yield rows
            if rows.in_transaction:
                rows.execute("COMMIT")
        except BaseException:
            if rows.in_transaction:
                rows.execute("ROLLBACK")
            raise
        finally:
            rows.close()


def is_canary(person: dict[str, Any]) -> bool:
    """Whether somebody is nobody: the gateway writes such ones and reads them back, to see that all arrives."""
    return str(person.get("email", "")).endswith("@canary.invalid")


def learn(known: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
    """What is known of somebody after an event: its attributes replace all that the gateway told before."""
    told: dict[str, Any] = event["data"].get("attributes") or {}
    if not told:
        return known
    return {name: value for name, value in known.items() if name not in SHARED} | told


def digest(row: sqlite3.Row) -> str:
    """SHA-256 over what is known of somebody, as canonical JSON: `{}` of somebody forgotten."""
    facts = json.loads(row["facts"])
    plain = {} if facts.get("forgotten") else {name: value for name, value in facts.items() if name in SHARED}
    return hashlib.sha256(json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


SHARED = frozenset({"email", "email_verified", "name", "phone", "phone_verified", "status"})
"""What came from the gateway and can be compared with it; notes of our own cannot."""

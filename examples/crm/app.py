"""The CRM. It keeps a card for each customer, follows every change of it, and tells of the phone numbers it learns.

Run it alone:  DEMO_FILE=var/demo.json flask --app examples.crm.app run --port 8007
"""

from threading import Thread
from typing import Any

import requests
from flask import redirect, request
from werkzeug import Response

from examples.connected_system import ConnectedSystem, learn
from examples.crm.feed import Feed
from examples.settings import read_feed_settings

_PHONES = "CREATE TABLE IF NOT EXISTS phones (subject TEXT PRIMARY KEY, phone TEXT, sequence INTEGER, told TEXT)"
_LEARN = (
    "INSERT INTO phones VALUES (?, ?, 1, 'not yet') ON CONFLICT (subject) DO UPDATE SET "
    "phone = excluded.phone, sequence = phones.sequence + 1, told = 'not yet' RETURNING sequence"
)


def keep_card(event: dict[str, Any], known: dict[str, Any]) -> dict[str, Any] | None:
    """What an event says of a customer goes onto her card; of one who is erased nothing stays."""
    if event["type"] == "account.erased":
        return None
    if event["type"] == "account.closed":
        return known | {"status": "closed"}
    return learn(known, event)


app = ConnectedSystem("crm", __name__, keep_card)
feed = Feed(read_feed_settings("crm"))
with app.database() as rows:
    rows.execute(_PHONES)


@app.template_global()
def told_phones() -> dict[str, dict[str, Any]]:
    """The phone numbers that somebody typed here, by customer, and what the gateway made of each."""
    with app.database() as rows:
        return {row["subject"]: dict(row) for row in rows.execute("SELECT * FROM phones")}


@app.post("/phone")
def learn_phone() -> Response:
    """Somebody at the CRM learned a customer's number: kept here, and told to the gateway as the next in its order."""
    app.check_form()
    subject, phone = request.form["subject"][:64], request.form["phone"].strip()[:30]
    with app.database() as rows:
        sequence = rows.execute(_LEARN, [subject, phone]).fetchone()["sequence"]
    try:
        told = feed.tell(f"crm-{subject[-8:]}", sequence, subject, phone=phone or None)
    except requests.RequestException:
        told = "not delivered"
    with app.database() as rows:
        rows.execute("UPDATE phones SET told = ? WHERE subject = ? AND sequence = ?", [told, subject, sequence])
    return redirect("/", 303)


def begin() -> None:
    """Keep the gateway informed while this program is served."""
    if feed.settings.client_secret:
        Thread(target=feed.beat, daemon=True, name="crm-feed").start()

"""The chat: an assistant has the customer verified by CIBA. She approves where she is signed in; the chat shows a
number and a message that she finds there too. A person takes over without asking anything again.

Run it alone:  DEMO_FILE=var/demo.json flask --app examples.chat.app run --port 8005
"""

import secrets
from typing import Any

import requests
from authlib.integrations.flask_client import OAuthError
from flask import abort, redirect, request, session
from werkzeug.wrappers import Response

from examples.channel_app import TIMEOUT, ChannelApp, read_answer
from examples.chat.conversation import Conversation
from examples.waiting import ask_customer, why

SCOPE = "openid profile email"
app = ChannelApp("chat", __name__, scope=SCOPE)
CONVERSATIONS: dict[str, Conversation] = {}


def current() -> Conversation:
    """The conversation in this browser, or a new one; it is kept from the first message on.

    What a verified customer said ends with her session: whoever is here after her does not read it.
    """
    talk = CONVERSATIONS.get(session.get("conversation", ""))
    if talk and talk.verified and app.login is None:
        CONVERSATIONS.pop(session.pop("conversation"))
        talk = None
    return talk or Conversation()


def keep(talk: Conversation) -> None:
    """Keep the conversation for this browser."""
    CONVERSATIONS[session.setdefault("conversation", secrets.token_urlsafe())] = talk


@app.get("/")
def home() -> str | Response:
    """The conversation so far; while the customer is asked elsewhere, the page looks again by itself."""
    person, talk = app.ask_person(), current()
    if talk.question is None:
        return app.show(person=person, talk=talk)
    try:
        token = talk.question.poll(app)
    except OAuthError as error:
        talk.question = None
        talk.say("assistant", why(error))
        return app.show(talk=talk)
    if token is not None:
        app.admit(token)
        talk.question, talk.verified = None, True
        talk.say("assistant", "Thank you, I know now that it is you. Your parcel is on its way and comes tomorrow.")
        return redirect("/")
    return app.show(talk=talk)


@app.post("/say")
def say() -> Response:
    """The customer writes; an e-mail address asks her elsewhere whether it is she."""
    talk, text, email = current(), request.form.get("text", ""), request.form.get("email", "").strip()
    keep(talk)
    if text.strip():
        talk.say("customer", text[:500])
    if email and app.login is None:
        message = f"Chat {secrets.randbelow(9000) + 1000}"
        talk.question = ask_customer(app, login_hint=email[:254], message=message, scope=SCOPE)
    elif app.login and not talk.handed_over:
        talk.say("assistant", "I have noted it. If you would rather talk to a person, say so below.")
    return redirect("/")


@app.post("/hand-over")
def hand_over() -> Response:
    """Give the chat to a person: a ticket, good once, tells the desk who she is and how that was proved."""
    talk, login = current(), app.login
    if login is None:
        abort(400, "Nobody is verified in this chat.")
    ticket = _ticket_for_desk(login.claims["sid"])
    desk = f"{app.settings.neighbors['contact_center']}/chats"
    read_answer(requests.post(desk, json={"ticket": ticket, "lines": talk.as_lines()}, timeout=TIMEOUT))
    talk.handed_over = True
    talk.say("assistant", "A colleague at the desk takes over from here. You will not be asked again who you are.")
    return redirect("/")


@app.post("/end")
def end() -> Response:
    """Close the chat and forget who it was."""
    CONVERSATIONS.pop(session.pop("conversation", ""), None)
    app.forget()
    return redirect("/")


def _ticket_for_desk(sid: str) -> str:
    own: dict[str, Any] = app.fetch_token("client_credentials", scope="handoff")
    body = {"sid": sid, "client_id": app.settings.clients["contact_center"]}
    return str(app.call_api("POST", "/api/handoff/", own["access_token"], body)["ticket"])

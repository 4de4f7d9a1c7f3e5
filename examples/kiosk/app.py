"""The kiosk in the store: the device grant (RFC 8628). It shows a code; the customer opens it on her phone.

Run it alone:  DEMO_FILE=var/demo.json flask --app examples.kiosk.app run --port 8004
"""

import secrets
import time

from authlib.integrations.flask_client import OAuthError
from flask import redirect, session
from werkzeug.wrappers import Response

from examples.channel_app import ChannelApp
from examples.qr import draw_qr
from examples.waiting import Question, ask_for_device, why

SCOPE = "openid profile email"
FORGOTTEN_AFTER = 120  # seconds: the next customer stands in line
app = ChannelApp("kiosk", __name__, scope=SCOPE)
app.jinja_env.globals.update(draw_qr=draw_qr, forgotten_after=FORGOTTEN_AFTER)
QUESTIONS: dict[str, Question] = {}


@app.get("/")
def home() -> str | Response:
    """Welcome, the code while somebody looks for her phone, or her name."""
    question = QUESTIONS.get(session.get("question", ""))
    if question is None:
        if app.login and app.login.notes["until"] < time.monotonic():
            app.forget()
        return app.show()
    try:
        token = question.poll(app)
    except OAuthError as error:
        QUESTIONS.pop(session.pop("question"), None)
        return app.show(why(error))
    if token is None:
        return app.show(question=question)
    QUESTIONS.pop(session.pop("question"), None)
    app.admit(token).notes["until"] = time.monotonic() + FORGOTTEN_AFTER
    return redirect("/")


@app.post("/start")
def start() -> Response:
    """Ask the gateway for a code."""
    app.forget()
    QUESTIONS.pop(session.pop("question", ""), None)
    question = ask_for_device(app, SCOPE)
    session["question"] = key = secrets.token_urlsafe()
    QUESTIONS[key] = question
    return redirect("/")


@app.post("/done")
def done() -> Response:
    """Forget her, here and at the gateway (RFC 7009): a kiosk keeps nobody signed in."""
    QUESTIONS.pop(session.pop("question", ""), None)
    if login := app.forget():
        app.post_as_client("revocation_endpoint", token=login.token["access_token"])
    return redirect("/")

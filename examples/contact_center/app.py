"""The desk of the contact center: staff sign in, see how a caller or a chat was verified, and ask nothing again while
that holds. They never see a code, and what they do for a customer carries both names.

Run it alone:  DEMO_FILE=var/demo.json flask --app examples.contact_center.app run --port 8006
"""

from typing import Any

from authlib.integrations.flask_client import OAuthError
from flask import Response as FlaskResponse
from flask import redirect, request
from werkzeug.wrappers import Response

from examples.channel_app import ChannelApp
from examples.contact_center import gateway_calls as calls
from examples.contact_center.callers import Caller, Queue, in_words, lines_of_chat, when
from examples.waiting import why

app = ChannelApp("contact_center", __name__, scope="openid profile email offline_access")
app.offer_sign_in(goodbye="/", acr_values="urn:throughline:2fa")
app.jinja_env.globals.update(reasons=calls.REASONS)
app.jinja_env.filters.update(when=when, in_words=in_words)
QUEUE = Queue()


def current() -> Caller | None:
    """Whom this member of staff is serving."""
    return app.login.notes.get("caller") if app.login else None


def serve(caller: Caller | None) -> Response:
    """Put somebody on the desk, or nobody."""
    if app.login:
        app.login.notes["caller"] = caller
    return redirect("/")


@app.before_request
def only_staff() -> Response | None:
    """Everything but the start page is for whoever is signed in; the gateway says who is staff."""
    everybody = ("home", "sign_in", "callback", "hear_logout", "take_in_chat", "static")
    return redirect("/") if request.endpoint not in everybody and app.ask_person() is None else None


@app.get("/")
def home() -> str:
    """The desk: the queue, the search, the caller. While a caller is asked elsewhere, it looks again by itself."""
    person, said = app.ask_person(), ""
    caller = current()
    if caller and caller.assistance and not calls.still_acts(app, caller.assistance):
        caller.assistance = caller.account = None
        said = "You no longer act for her: she has ended it, or its time is over."
    if caller and caller.question:
        try:
            if caller.question.poll(app):
                caller.question, caller.verification = None, calls.look_up(app, caller.hint)["verification"]
        except OAuthError as error:
            caller.question, said = None, why(error)
    return app.show(said, person=person, caller=caller, queue=QUEUE.waiting())


@app.post("/chats")
def take_in_chat() -> tuple[dict[str, Any], int]:
    """The chat sends us a customer: its ticket, good once and for us alone, says who she is and how she proved it."""
    match request.get_json():
        case {"ticket": str(ticket), "lines": list(lines)}:
            QUEUE.add(calls.redeem(app, ticket), lines_of_chat(lines))
            return {}, 202
    return {"error": "This is no chat."}, 400


@app.post("/chats/<int:number>/take")
def take_chat(number: int) -> Response:
    """Take over a chat from the queue; who she is has been asked there."""
    chat = QUEUE.take(number)
    return serve(Caller.of_chat(chat, calls.look_up(app, chat["subject"])) if chat else current())


@app.post("/callers")
def look_up() -> Response:
    """Somebody calls and says who she is: see whether she has proved it lately, wherever that was."""
    hint = request.form.get("email", "").strip()
    return serve(Caller.of_call(hint, calls.look_up(app, hint)))


@app.post("/caller/ask")
def ask() -> Response:
    """Have the caller verified: she approves where she is signed in; we tell her the number that she finds there."""
    if caller := current():
        caller.question = calls.ask_customer(app, caller)
    return redirect("/")


@app.post("/caller/assist")
def assist() -> Response:
    """Begin to act for her, with a reason. Without a verification that holds, the gateway refuses."""
    if caller := current():
        caller.assistance = calls.begin_assistance(app, caller, request.form["reason"], request.form.get("note", ""))
    return redirect("/")


@app.post("/caller/account")
def account() -> Response:
    """Look into her account as her: the token names her, and us as the one who acts."""
    if (caller := current()) and caller.assistance:
        caller.account = calls.read_account(app, caller.assistance)
    return redirect("/")


@app.post("/caller/end")
def end() -> Response:
    """End acting for her; the call goes on."""
    if (caller := current()) and caller.assistance:
        calls.end_assistance(app, caller.assistance)
        caller.assistance = caller.account = None
    return redirect("/")


@app.post("/caller/close")
def close() -> Response:
    """The call is over."""
    end()
    return serve(None)


@app.errorhandler(OAuthError)
def refused(error: OAuthError) -> FlaskResponse | str:
    """What the gateway refuses is said, and the desk goes on."""
    app.logger.warning("gateway: %s", error)
    if request.endpoint == "take_in_chat":
        return FlaskResponse(error.error, status=400)
    return app.show(calls.explain(error), caller=current(), queue=QUEUE.waiting())

"""Make the gateway's database ready and print what the load needs to know: `python -m bench.peers.gateway.seed 8`."""

import json
import os
import sys
from dataclasses import replace

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.core.management import call_command

from accounts.services import register_account
from accounts.types import Kind
from bench.parties import PARTIES
from bench.target import REDIRECT_URI
from channel_registry.services import create_channel, publish_policy
from kit import clock
from kit.call import CallContext, system_caller
from kit.ids import new_id, new_secret
from kit.unit_of_work import deed
from oauth.services import register_client
from oauth.types import ClientDraft, GrantType

_DRAFT = ClientDraft(
    name="Bench",
    channel="web",
    redirect_uris=(REDIRECT_URI,),
    grant_types=tuple(GrantType),
    scopes=("openid", "profile", "email", "offline_access", "decisions", "handoff", "consent.read"),
    default_scopes=("decisions",),
    resource="https://orders.example",
    resource_servers=("https://orders.example",),
    first_party=True,
)
_CHAT = ClientDraft(
    name="Bench chat",
    channel="chat",
    grant_types=(GrantType.CLIENT_CREDENTIALS,),
    scopes=("handoff",),
    default_scopes=("handoff",),
)


@deed
def seed(*, people: int, call: CallContext) -> dict[str, object]:
    """One client, one that takes sessions over, relying parties, and `people` customers with a verified address."""
    create_channel(slug="chat", name="Chat", call=call)
    publish_policy(channel="chat", body={"ways_in": ["client_credentials", "handoff"]}, call=call)
    publish_policy(channel="web", body={"actions": {"orders.view": {"class": "history"}}}, call=call)
    client, secret = register_client(draft=_DRAFT, call=call)
    chat, chat_secret = register_client(draft=_CHAT, call=call)
    parties = [_register_party(number, call) for number in range(len(PARTIES))]
    persons = [{"login": f"person{number}@people.example", "password": new_secret()} for number in range(people)]
    for person in persons:
        register_account(
            email=person["login"],
            password=person["password"],
            name="Ana Willow",
            kind=Kind.CUSTOMER,
            email_verified=True,
            call=call,
        )
    return {
        "client_id": client.client_id,
        "client_secret": secret,
        "takes_over": (chat.client_id, chat_secret),
        "parties": parties,
        "people": persons,
    }


def _register_party(number: int, call: CallContext) -> tuple[str, str]:
    draft = replace(_DRAFT, name=f"Party {number}", resource="", backchannel_logout_uri=PARTIES[number])
    client, secret = register_client(draft=draft, call=call)
    return client.client_id, secret


if __name__ == "__main__":
    call_command("prepare", verbosity=0, stdout=sys.stderr)
    context = CallContext(caller=system_caller("bench"), now=clock.now(), trace_id=new_id())
    print(json.dumps(seed(people=int(sys.argv[1]), call=context)))

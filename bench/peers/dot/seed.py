"""Make the database ready and print what the load needs to know: `python -m bench.peers.dot.seed 8`."""

import json
import os
import secrets
import sys

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.peers.dot.settings"
django.setup()

from django.contrib.auth.models import User
from django.core.management import call_command
from oauth2_provider.models import Application

from bench.target import REDIRECT_URI


def make_client(grant: str) -> dict[str, str]:
    """A confidential client for one grant; the toolkit knows no client with two."""
    secret = secrets.token_urlsafe(32)
    client = Application.objects.create(
        name=grant,
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=grant,
        client_secret=secret,
        redirect_uris=REDIRECT_URI,
        skip_authorization=True,
        algorithm="RS256" if grant == Application.GRANT_AUTHORIZATION_CODE else "",
    )
    return {"client_id": client.client_id, "client_secret": secret}


if __name__ == "__main__":
    call_command("migrate", verbosity=0, stdout=sys.stderr)
    people = [{"login": f"person{each}", "password": secrets.token_urlsafe(32)} for each in range(int(sys.argv[1]))]
    for person in people:
        User.objects.create_user(
            person["login"], email=f"{person['login']}@people.example", password=person["password"], first_name="Ana"
        )
    print(
        json.dumps(
            {
                "people": people,
                "customers": make_client(Application.GRANT_AUTHORIZATION_CODE),
                "machine": make_client(Application.GRANT_CLIENT_CREDENTIALS),
            }
        )
    )

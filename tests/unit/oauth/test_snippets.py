"""Configuration to copy: readable by the language it is in, with this client's values, and without its secret."""

import ast
import shutil
import subprocess
import tomllib

import pytest
import yaml

from oauth import rules
from oauth.types import ClientFacts, GrantType

ISSUER = "https://id.example"
CALLBACK = "https://shop.example/cb?a=1"
HOSTILE = "https://shop.example/'\"$(id)`id`${HOME}{issuer}\\"


def facts(**changes):
    usual = {
        "issuer": ISSUER,
        "client_id": "cli_shop",
        "public": False,
        "grant_types": tuple(GrantType),
        "redirect_uri": CALLBACK,
        "scopes": ("openid", "email"),
        "resource": "",
    }
    return ClientFacts(**{**usual, **changes})


def texts(**changes):
    return {snippet.key: snippet.text for snippet in rules.snippets_for(facts(**changes))}


def test_each_client_gets_what_its_registration_can_do():
    everything = {
        *("environment", "authlib", "openid-client", "auth-js", "spring", "spring-beans", "mod-auth-openidc"),
        *("oauth2-proxy", "client-credentials", "device", "ciba", "session-transfer", "handoff"),
    }
    assert set(texts()) == everything
    assert set(texts(vendor="shop")) == everything | {"native-sso"}
    public = {"environment", "authlib", "openid-client", "spring", "spring-beans", "device", "session-transfer"}
    assert set(texts(public=True)) == public
    service = {"grant_types": (GrantType.CLIENT_CREDENTIALS,), "redirect_uri": ""}
    assert set(texts(**service)) == {"environment", "client-credentials"}
    assert set(texts(**service, resource="https://orders.example")) == {
        "environment",
        "client-credentials",
        "introspection",
    }


@pytest.mark.parametrize("redirect_uri", [CALLBACK, HOSTILE])
def test_the_values_arrive_as_they_are_and_run_nothing(redirect_uri):
    copied = texts(redirect_uri=redirect_uri)

    registration = yaml.safe_load(copied["spring"])["spring"]["security"]["oauth2"]["client"]
    assert registration["provider"]["throughline"]["issuer-uri"] == ISSUER
    assert registration["registration"]["throughline"]["redirect-uri"] == redirect_uri
    assert registration["registration"]["throughline"]["scope"] == "openid email"
    proxy = tomllib.loads(copied["oauth2-proxy"])
    assert (proxy["redirect_url"], proxy["client_id"]) == (redirect_uri, "cli_shop")
    shell = copied["environment"].replace("$(openssl rand -base64 24)", "x") + 'printf %s "$OIDC_REDIRECT_URI"'
    printed = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=True, env={})
    assert printed.stdout == redirect_uri


@pytest.mark.parametrize("public", [True, False])
def test_no_text_asks_a_public_client_for_a_secret_and_every_other_takes_it_from_the_environment(public):
    for key, text in texts(public=public).items():
        assert ("CLIENT_SECRET" in text) == (not public and key not in {"spring-beans", "oauth2-proxy"}), key


@pytest.mark.parametrize("public", [True, False])
def test_the_python_is_python(public):
    tree = ast.parse(texts(public=public)["authlib"])
    assert "openid email" in ast.unparse(tree)


@pytest.mark.node
@pytest.mark.parametrize("key", ["openid-client", "auth-js"])
@pytest.mark.parametrize("public", [True, False])
def test_the_javascript_is_javascript(key, public, tmp_path):
    if (text := texts(public=public).get(key)) is None:
        pytest.skip("not for public clients")
    (tmp_path / "copied.mjs").write_text(text)
    node = shutil.which("node")
    assert node
    subprocess.run([node, "--check", "copied.mjs"], cwd=tmp_path, check=True)


def test_apache_gets_one_directive_a_line_with_its_value_in_quotes():
    lines = texts()["mod-auth-openidc"].splitlines()
    assert f'OIDCProviderMetadataURL "{ISSUER}/.well-known/openid-configuration"' in lines
    assert f'OIDCRedirectURI "{CALLBACK}"' in lines
    assert "OIDCPKCEMethod S256" in lines


@pytest.mark.parametrize("public", [True, False])
def test_an_exchange_is_one_command_whose_values_arrive_as_they_are(public):
    copied = texts(public=public, vendor="shop", issuer="https://id.example/'$(id)")["native-sso"]
    shell = f"curl() {{ printf '%s\\n' \"$@\"; }}\nID_TOKEN='a b'\nDEVICE_SECRET='c&d'\n{copied}"
    environment = {"OIDC_CLIENT_ID": "cli_shop", "OIDC_CLIENT_SECRET": "secret"}
    printed = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=True, env=environment)
    lines = printed.stdout.splitlines()
    assert "subject_token=a b" in lines
    assert "actor_token=c&d" in lines
    assert "audience=https://id.example/'$(id)" in lines
    assert lines[-1] == "https://id.example/'$(id)/oauth/token"
    assert lines[:2] == (["-d", "client_id=cli_shop"] if public else ["-u", "cli_shop:secret"])

"""What to copy into common libraries for one client; docs/developers.md holds the same texts.

No text holds a secret: it is taken from the environment. Values are quoted for the language they stand in.
"""

import json
import shlex
from collections.abc import Callable, Mapping

from oauth.types import ClientFacts, GrantType, Snippet, TokenType

_SCOPES = "openid profile email"

AUTHLIB = """\
import os

from authlib.integrations.flask_client import OAuth
from flask import Flask, abort, redirect, request, session

ISSUER = os.environ["OIDC_ISSUER"]

app = Flask(__name__)
app.config.update(SECRET_KEY=os.environ["COOKIE_SECRET"], SESSION_COOKIE_NAME="mysite", SESSION_COOKIE_SAMESITE="Lax")
gateway = OAuth(app).register(
    "gateway",
    client_id=os.environ["OIDC_CLIENT_ID"],
    client_secret=os.environ["OIDC_CLIENT_SECRET"],
    server_metadata_url=f"{ISSUER}/.well-known/openid-configuration",
    client_kwargs={"scope": "openid profile email", "code_challenge_method": "S256"},
)


@app.get("/sign-in")
def sign_in():
    return gateway.authorize_redirect(os.environ["OIDC_REDIRECT_URI"])


@app.get("/cb")
def callback():
    if request.args.get("iss") != ISSUER:  # RFC 9207: the answer of another server is not for us
        abort(400)
    token = gateway.authorize_access_token(claims_options={"iss": {"essential": True, "value": ISSUER}})
    session["sub"] = token["userinfo"]["sub"]  # the claims of the validated ID token
    return redirect("/")


@app.get("/")
def home():
    return f"You are {session['sub']}." if "sub" in session else '<a href="/sign-in">Sign in</a>'
"""

OPENID_CLIENT = """\
import * as oidc from 'openid-client'

const { OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET, OIDC_REDIRECT_URI } = process.env
const issuer = new URL(OIDC_ISSUER)
const config = await oidc.discovery(issuer, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET, undefined, {
  // plain http is for the demo on the loopback interface only
  execute: issuer.protocol === 'http:' ? [oidc.allowInsecureRequests] : [],
})

// Keep `checks` in the visitor's session until she comes back, and send her to `url`.
export async function begin() {
  const checks = {
    pkceCodeVerifier: oidc.randomPKCECodeVerifier(),
    expectedState: oidc.randomState(),
    expectedNonce: oidc.randomNonce(),
  }
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: OIDC_REDIRECT_URI,
    scope: 'openid profile email',
    code_challenge: await oidc.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: checks.expectedState,
    nonce: checks.expectedNonce,
  })
  return { url, checks }
}

// `address` is the full address she came back to. Issuer, state, nonce and ID token are checked here.
export async function finish(address, checks) {
  const tokens = await oidc.authorizationCodeGrant(config, new URL(address), { ...checks, idTokenExpected: true })
  const { sub } = tokens.claims()
  return oidc.fetchUserInfo(config, tokens.access_token, sub)
}
"""

_AUTH_JS = """\
import NextAuth from "next-auth"

export const { handlers, signIn, signOut, auth } = NextAuth({
  providers: [
    {
      id: "throughline",
      name: "Throughline",
      type: "oidc",
      issuer: process.env.OIDC_ISSUER,
      clientId: process.env.OIDC_CLIENT_ID,
      clientSecret: process.env.OIDC_CLIENT_SECRET,
      checks: ["pkce", "state", "nonce"],
      authorization: { params: { scope: "openid profile email" } },
    },
  ],
})
"""

_SPRING_YAML = """\
spring:
  security:
    oauth2:
      client:
        provider:
          throughline:
            issuer-uri: {issuer}
        registration:
          throughline:
            client-id: {client_id}
{secret}
            authorization-grant-type: authorization_code
            redirect-uri: {redirect_uri}
            scope: {scopes}
"""
_SPRING_CONFIDENTIAL = """\
            client-secret: "${OIDC_CLIENT_SECRET}"
            client-authentication-method: client_secret_basic"""
_SPRING_PUBLIC = "            client-authentication-method: none"

_SPRING_BEANS = Snippet(
    key="spring-beans",
    title="Java: Spring Security, beans",
    language="java",
    note="Two beans beside it: PKCE for every client, and ID tokens signed with ES256 (Spring expects RS256).",
    text="""\
@Bean
SecurityFilterChain security(HttpSecurity http, ClientRegistrationRepository clients) throws Exception {
    var requests = new DefaultOAuth2AuthorizationRequestResolver(clients, "/oauth2/authorization");
    requests.setAuthorizationRequestCustomizer(OAuth2AuthorizationRequestCustomizers.withPkce());
    return http
        .authorizeHttpRequests(each -> each.anyRequest().authenticated())
        .oauth2Login(login -> login.authorizationEndpoint(door -> door.authorizationRequestResolver(requests)))
        .logout(out -> out.logoutSuccessHandler(new OidcClientInitiatedLogoutSuccessHandler(clients)))
        .build();
}

@Bean
JwtDecoderFactory<ClientRegistration> idTokens() {
    var factory = new OidcIdTokenDecoderFactory();
    factory.setJwsAlgorithmResolver(client -> SignatureAlgorithm.ES256);
    return factory;
}
""",
)

_MOD_AUTH_OPENIDC = """\
OIDCProviderMetadataURL {metadata}
OIDCClientID {client_id}
OIDCClientSecret "${OIDC_CLIENT_SECRET}"
OIDCProviderTokenEndpointAuth client_secret_basic
OIDCRedirectURI {redirect_uri}
OIDCScope {scopes}
OIDCPKCEMethod S256
OIDCIDTokenSignedResponseAlg ES256
OIDCCryptoPassphrase "${COOKIE_SECRET}"

<Location "/">
    AuthType openid-connect
    Require valid-user
</Location>
"""

_OAUTH2_PROXY = """\
provider = "oidc"
oidc_issuer_url = {issuer}
client_id = {client_id}
redirect_url = {redirect_uri}
scope = {scopes}
code_challenge_method = "S256"
email_domains = ["*"]
"""


def snippets_for(client: ClientFacts) -> tuple[Snippet, ...]:
    """What a developer copies for this client, in the order of the page; only what its registration can do."""
    texts = [make(client) for needs, make in _TABLE if needs(client)]
    return tuple(texts)


def _signs_people_in(client: ClientFacts) -> bool:
    return GrantType.AUTHORIZATION_CODE in client.grant_types


def _signs_people_in_with_a_secret(client: ClientFacts) -> bool:
    return _signs_people_in(client) and not client.public


def _environment(client: ClientFacts) -> Snippet:
    values = {"OIDC_ISSUER": client.issuer, "OIDC_CLIENT_ID": client.client_id}
    values |= {"OIDC_REDIRECT_URI": client.redirect_uri} if client.redirect_uri else {}
    lines = [f"export {name}={shlex.quote(value)}" for name, value in values.items()]
    if not client.public:
        lines.append("export OIDC_CLIENT_SECRET=  # shown once, when the client was registered or its secret renewed")
    if _signs_people_in(client):
        lines.append('export COOKIE_SECRET="$(openssl rand -base64 24)"')
    note = "The examples below read these. A secret belongs into the environment, never into code."
    return Snippet("environment", "Environment", "sh", "\n".join(lines) + "\n", note)


def _authlib(client: ClientFacts) -> Snippet:
    text = _with_scopes(AUTHLIB, client)
    if client.public:
        text = text.replace('    client_secret=os.environ["OIDC_CLIENT_SECRET"],\n', "").replace(
            '"code_challenge_method": "S256"', '"code_challenge_method": "S256", "token_endpoint_auth_method": "none"'
        )
    note = "pip install authlib flask requests. The address you come back to must be served by callback()."
    return Snippet("authlib", "Python: Flask and Authlib", "python", text, note)


def _openid_client(client: ClientFacts) -> Snippet:
    text = _with_scopes(OPENID_CLIENT, client)
    if client.public:
        text = text.replace("OIDC_CLIENT_SECRET, OIDC_REDIRECT_URI }", "OIDC_REDIRECT_URI }").replace(
            "OIDC_CLIENT_SECRET, undefined, {", "undefined, oidc.None(), {"
        )
    return Snippet("openid-client", "JavaScript: openid-client", "js", text, "npm install openid-client (version 6).")


def _auth_js(client: ClientFacts) -> Snippet:
    note = "Auth.js comes back to /api/auth/callback/throughline of your site: that address must be registered."
    return Snippet("auth-js", "Next.js: Auth.js (next-auth 5)", "js", _with_scopes(_AUTH_JS, client), note)


def _spring(client: ClientFacts) -> Snippet:
    text = _SPRING_YAML.replace("{secret}", _SPRING_PUBLIC if client.public else _SPRING_CONFIDENTIAL)
    note = "application.yaml. Spring comes back to /login/oauth2/code/throughline: that address must be registered."
    return Snippet("spring", "Java: Spring Security", "yaml", _filled(text, client), note)


def _mod_auth_openidc(client: ClientFacts) -> Snippet:
    note = "The redirect address must lie under a protected location and be served by nothing else."
    text = _filled(_MOD_AUTH_OPENIDC, client)
    return Snippet("mod-auth-openidc", "Apache: mod_auth_openidc", "apache", text, note)


def _oauth2_proxy(client: ClientFacts) -> Snippet:
    note = "oauth2-proxy.cfg; set OAUTH2_PROXY_CLIENT_SECRET and OAUTH2_PROXY_COOKIE_SECRET in its environment."
    return Snippet("oauth2-proxy", "oauth2-proxy", "toml", _filled(_OAUTH2_PROXY, client), note)


def _client_credentials(client: ClientFacts) -> Snippet:
    text = (
        'curl -u "$OIDC_CLIENT_ID:$OIDC_CLIENT_SECRET" -d grant_type=client_credentials '
        f"{shlex.quote(client.issuer + '/oauth/token')}\n"
    )
    return Snippet("client-credentials", "A token of the client's own: curl", "sh", text, "")


def _session_transfer(client: ClientFacts) -> Snippet:
    fields = {
        "subject_token": "$ACCESS_TOKEN",
        "subject_token_type": TokenType.ACCESS_TOKEN,
        "requested_token_type": TokenType.SESSION_TRANSFER,
        "audience": "$SITE_CLIENT_ID",
    }
    note = "Good for one minute, once: open the site's authorization request with it as session_transfer_token."
    return Snippet("session-transfer", "From the app to the site: curl", "sh", _exchange(client, fields), note)


def _native_sso(client: ClientFacts) -> Snippet:
    fields = {
        "subject_token": "$ID_TOKEN",
        "subject_token_type": TokenType.ID_TOKEN,
        "actor_token": "$DEVICE_SECRET",
        "actor_token_type": TokenType.DEVICE_SECRET,
        "audience": client.issuer,
    }
    note = "ID token and device_secret are those of another app of this vendor, which asked for the scope device_sso."
    title = "Signed in by another app of the vendor: curl"
    return Snippet("native-sso", title, "sh", _exchange(client, fields), note)


def _handoff(client: ClientFacts) -> Snippet:
    text = _exchange(client, {"subject_token": "$TICKET", "subject_token_type": TokenType.HANDOFF})
    note = "The ticket was made for this client, at /api/handoff/. It works once, within a minute."
    return Snippet("handoff", "A session from another channel: curl", "sh", text, note)


def _exchange(client: ClientFacts, fields: Mapping[str, str]) -> str:
    """A token exchange."""
    return _post(client, "/oauth/token", {"grant_type": GrantType.TOKEN_EXCHANGE.value, **fields})


def _device(client: ClientFacts) -> Snippet:
    ask = _post(client, "/oauth/device_authorization", {"scope": " ".join(client.scopes)})
    poll = {"grant_type": GrantType.DEVICE_CODE.value, "device_code": "$DEVICE_CODE"}
    note = (
        "Show user_code and verification_uri, or verification_uri_complete as a QR code. Then send the second every "
        "`interval` seconds: authorization_pending means wait, slow_down five seconds longer."
    )
    return Snippet("device", "A device without a keyboard: curl", "sh", ask + _post(client, "/oauth/token", poll), note)


def _ciba(client: ClientFacts) -> Snippet:
    fields = {"login_hint": "$CUSTOMER", "binding_message": "$MESSAGE", "scope": " ".join(client.scopes)}
    poll = {"grant_type": GrantType.CIBA.value, "auth_req_id": "$AUTH_REQ_ID"}
    note = (
        "Show or tell `number` and the message; the customer, named by e-mail or sub, types it where she answers. "
        "Then send the second request every `interval` seconds, as for a device."
    )
    text = _post(client, "/oauth/bc-authorize", fields) + _post(client, "/oauth/token", poll)
    return Snippet("ciba", "Is it she? Ask the customer: curl", "sh", text, note)


def _post(client: ClientFacts, path: str, fields: Mapping[str, str]) -> str:
    """A client's request: what begins with a dollar sign is taken from the shell, everything else stands as it is."""
    who = '-d "client_id=$OIDC_CLIENT_ID"' if client.public else '-u "$OIDC_CLIENT_ID:$OIDC_CLIENT_SECRET"'
    lines = [f"curl {who}"]
    for name, value in fields.items():
        given = f"{name}={value}"
        lines.append(f"--data-urlencode {chr(34) + given + chr(34) if value.startswith('$') else shlex.quote(given)}")
    return " \\\n  ".join([*lines, shlex.quote(client.issuer + path)]) + "\n"


def _introspection(client: ClientFacts) -> Snippet:
    text = (
        'curl -u "$OIDC_CLIENT_ID:$OIDC_CLIENT_SECRET" -d "token=$ACCESS_TOKEN" '
        f"{shlex.quote(client.issuer + '/oauth/introspect')}\n"
    )
    note = f"Tokens that this API accepts name it in aud: {client.resource}"
    return Snippet("introspection", "Is this access token good? curl", "sh", text, note)


def _with_scopes(text: str, client: ClientFacts) -> str:
    return text.replace(_SCOPES, " ".join(client.scopes))


def _filled(text: str, client: ClientFacts) -> str:
    """The text with its places filled, each value in double quotes as JSON, YAML, TOML and Apache read them."""
    values = {
        "issuer": client.issuer,
        "metadata": f"{client.issuer}/.well-known/openid-configuration",
        "client_id": client.client_id,
        "redirect_uri": client.redirect_uri,
        "scopes": " ".join(client.scopes),
    }
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", json.dumps(value))
    return text


_TABLE: tuple[tuple[Callable[[ClientFacts], bool], Callable[[ClientFacts], Snippet]], ...] = (
    (lambda client: True, _environment),
    (_signs_people_in, _authlib),
    (_signs_people_in, _openid_client),
    (_signs_people_in_with_a_secret, _auth_js),
    (_signs_people_in, _spring),
    (_signs_people_in, lambda client: _SPRING_BEANS),
    (_signs_people_in_with_a_secret, _mod_auth_openidc),
    (_signs_people_in_with_a_secret, _oauth2_proxy),
    (lambda client: GrantType.CLIENT_CREDENTIALS in client.grant_types and not client.public, _client_credentials),
    (lambda client: GrantType.DEVICE_CODE in client.grant_types, _device),
    (lambda client: GrantType.CIBA in client.grant_types and not client.public, _ciba),
    (lambda client: GrantType.TOKEN_EXCHANGE in client.grant_types and _signs_people_in(client), _session_transfer),
    (lambda client: GrantType.TOKEN_EXCHANGE in client.grant_types and bool(client.vendor), _native_sso),
    (lambda client: GrantType.TOKEN_EXCHANGE in client.grant_types and not client.public, _handoff),
    (lambda client: bool(client.resource) and not client.public, _introspection),
)

"""RFC 8725 (JWT best current practices) and RFC 9068, 4: what `verify_jwt` refuses, section by section.

Every forgery is as good as an attacker can make it with what is published: other libraries build them.
"""

import base64
import hmac
import json
import socket

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwe, jws, jwt
from joserfc.jwk import ECKey, RSAKey

from keyring import queries, rules, services
from keyring.errors import InvalidToken

pytestmark = pytest.mark.django_db

CLAIMS = {"iss": "http://localhost:8000", "sub": "ana", "aud": ["orders"]}
LIBERAL = jws.JWSRegistry(algorithms=["none", "HS256", "ES256", "RS256", "ES384"], strict_check_header=False)


@pytest.fixture
def jwk(call):
    """The published active key."""
    return services.ensure_signing_key(call=call).jwk


@pytest.fixture
def attacker():
    """A key of somebody else."""
    return ECKey.generate_key("P-256")


@pytest.fixture
def no_network(monkeypatch):
    """Whoever opens a connection now fails the test."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a token made the gateway call somebody")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def forge(header: dict[str, object], key: ECKey | RSAKey) -> str:
    return jws.serialize_compact(header, json.dumps(CLAIMS).encode(), key, registry=LIBERAL)


def part(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(header: dict[str, object], key: object, *, payload: object = CLAIMS) -> str:
    """Any header and payload with a true ES256 signature, where the library itself would refuse the header."""
    signing_input = f"{part(header)}.{part(payload)}"
    signature = jws.JWSRegistry.algorithms["ES256"].sign(signing_input.encode(), key)
    return f"{signing_input}.{part(signature)}"


def refused(token: str, typ: str = "at+jwt") -> bool:
    with pytest.raises(InvalidToken) as refusal:
        queries.verify_jwt(token, typ=typ)
    return refusal.value.status == 401


def test_a_true_token_passes(jwk):
    assert queries.verify_jwt(queries.sign_jwt(CLAIMS, typ="at+jwt"), typ="at+jwt") == CLAIMS


def test_a_true_token_passes_a_strict_stranger_who_has_only_the_published_keys(jwk):
    token = queries.sign_jwt(CLAIMS, typ="at+jwt")
    kid = jws.extract_compact(token.encode()).headers()["kid"]
    (key,) = [each for each in queries.list_published_keys() if each["kid"] == kid]
    assert jwt.decode(token, ECKey.import_key(dict(key)), algorithms=["ES256"]).claims == CLAIMS


@pytest.mark.parametrize("alg", ["none", "None", "NONE", ""])
@pytest.mark.parametrize("signature", [b"", b"\x00" * 64])
def test_2_1_a_token_without_a_signature_is_refused(jwk, alg, signature):
    header = {"alg": alg, "typ": "at+jwt", "kid": jwk["kid"]}
    assert refused(f"{part(header)}.{part(CLAIMS)}.{part(signature)}")


def public_key_spellings(jwk: dict[str, str]) -> list[bytes]:
    key = ECKey.import_key(dict(jwk))
    return [
        key.as_pem(private=False),
        key.as_pem(private=False).strip(),
        key.as_der(private=False),
        json.dumps(jwk).encode(),
    ]


@pytest.mark.parametrize("spelling", range(4))
def test_2_1_an_hmac_with_the_public_key_as_its_secret_is_refused(jwk, spelling):
    # By hand: joserfc knows better than to take a public key for a secret.
    signing_input = f"{part({'alg': 'HS256', 'typ': 'at+jwt', 'kid': jwk['kid']})}.{part(CLAIMS)}"
    signature = hmac.digest(public_key_spellings(jwk)[spelling], signing_input.encode(), "sha256")
    assert refused(f"{signing_input}.{part(signature)}")


def test_3_1_another_algorithm_is_refused_even_when_its_signature_is_right(jwk):
    rsa, p384 = RSAKey.generate_key(2048), ECKey.generate_key("P-384")
    assert refused(forge({"alg": "RS256", "typ": "at+jwt", "kid": jwk["kid"]}, rsa))
    assert refused(forge({"alg": "ES384", "typ": "at+jwt", "kid": jwk["kid"]}, p384))


@pytest.mark.parametrize("alg", ["es256", "ES256K", ["ES256"], {"ES256": 1}, None, 256])
def test_3_1_the_algorithm_is_exactly_the_one(jwk, alg):
    true = queries.sign_jwt(CLAIMS, typ="at+jwt")
    header = {"alg": alg, "typ": "at+jwt", "kid": jwk["kid"]}
    assert refused(f"{part(header)}.{true.partition('.')[2]}")


def test_3_3_a_signature_by_another_key_under_our_key_id_is_refused(jwk, attacker):
    assert refused(forge({"alg": "ES256", "typ": "at+jwt", "kid": jwk["kid"]}, attacker))


def test_3_4_a_signature_of_zeros_is_refused(jwk):
    signing_input = queries.sign_jwt(CLAIMS, typ="at+jwt").rpartition(".")[0]
    assert refused(f"{signing_input}.{part(bytes(64))}")


def test_3_4_a_signature_in_asn1_form_is_refused(jwk):
    signing_input = queries.sign_jwt(CLAIMS, typ="at+jwt").rpartition(".")[0]
    der = queries.get_signer().key.sign(signing_input.encode(), rules._ES256)
    assert refused(f"{signing_input}.{part(der)}")


@pytest.mark.parametrize("kid", ["unknown", "", "../../dev/null", "' OR 1=1 --", "\x00", "k" * 5000])
def test_3_10_an_unknown_key_id_is_refused_and_nothing_is_fetched(jwk, attacker, no_network, kid):
    assert refused(forge({"alg": "ES256", "typ": "at+jwt", "kid": kid}, attacker))


def test_3_10_a_token_without_a_key_id_is_refused(jwk):
    key = ECKey.import_key(queries.get_signer().key)
    assert refused(forge({"alg": "ES256", "typ": "at+jwt"}, key))


@pytest.mark.parametrize(
    "member",
    [
        {"jwk": "own"},
        {"jku": "https://attacker.example/jwks.json"},
        {"x5u": "https://attacker.example/cert.pem"},
        {"x5c": ["MIIB"]},
        {"x5t": "abc"},
        {"crit": ["exp"]},
        {"crit": ["b64"], "b64": False},
        {"zip": "DEF"},
        {"cty": "JWT"},
    ],
    ids=lambda member: next(iter(member)),
)
@pytest.mark.parametrize("signed_by", ["attacker", "us"])
def test_3_10_a_header_that_brings_its_own_key_or_meaning_is_refused_and_nothing_is_fetched(
    jwk, attacker, no_network, member, signed_by
):
    key = attacker if signed_by == "attacker" else ECKey.import_key(queries.get_signer().key)
    own = {name: attacker.as_dict(private=False) if value == "own" else value for name, value in member.items()}
    header = {"alg": "ES256", "typ": "at+jwt", "kid": jwk["kid"], **own}
    assert refused(signed(header, key))


TYPES = ("at+jwt", "JWT", "logout+jwt", "secevent+jwt", "token-introspection+jwt")


@pytest.mark.parametrize("given", TYPES)
@pytest.mark.parametrize("wanted", TYPES)
def test_3_11_a_token_of_one_type_never_passes_as_another(jwk, given, wanted):
    token = queries.sign_jwt(CLAIMS, typ=given)
    if given == wanted:
        assert queries.verify_jwt(token, typ=wanted) == CLAIMS
    else:
        assert refused(token, typ=wanted)


@pytest.mark.parametrize("typ", [None, 1, ["at+jwt"], {"at+jwt": 1}, "at+jwt\x00", "\uff41t+jwt", "application/at+jwt"])
def test_3_11_a_type_that_only_resembles_the_wanted_one_is_refused(jwk, typ):
    key = ECKey.import_key(queries.get_signer().key)
    assert refused(signed({"alg": "ES256", "typ": typ, "kid": jwk["kid"]}, key))


def test_3_11_a_token_without_a_type_is_refused(jwk):
    key = ECKey.import_key(queries.get_signer().key)
    assert refused(forge({"alg": "ES256", "kid": jwk["kid"]}, key))


def test_a_nested_token_is_refused(jwk):
    inner = queries.sign_jwt(CLAIMS, typ="at+jwt")
    header = {"alg": "ES256", "typ": "at+jwt", "kid": jwk["kid"]}
    key = ECKey.import_key(queries.get_signer().key)
    assert refused(signed(header, key, payload=inner.encode()))


def test_an_encrypted_token_is_refused(jwk):
    key = ECKey.import_key({name: value for name, value in jwk.items() if name in ("kty", "crv", "x", "y")})
    header = {"alg": "ECDH-ES", "enc": "A128GCM", "typ": "at+jwt", "kid": jwk["kid"]}
    assert refused(jwe.encrypt_compact(header, json.dumps(CLAIMS).encode(), key))


@pytest.mark.parametrize("form", ["flattened", "general"])
def test_a_token_in_json_serialization_is_refused(jwk, form):
    protected, payload, signature = queries.sign_jwt(CLAIMS, typ="at+jwt").split(".")
    one = {"protected": protected, "signature": signature}
    whole = {"payload": payload, **one} if form == "flattened" else {"payload": payload, "signatures": [one]}
    assert refused(json.dumps(whole))


def test_a_true_signature_on_another_curve_is_refused(jwk):
    other = ECKey.import_key(ec.generate_private_key(ec.SECP256K1()))
    header = {"alg": "ES256", "typ": "at+jwt", "kid": jwk["kid"]}
    assert refused(signed(header, other))

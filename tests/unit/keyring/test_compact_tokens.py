"""Compact tokens: what is written reads back, also by another library, and nothing malformed gets through."""

import base64
import contextlib
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws, jwt
from joserfc.jwk import ECKey

from keyring import rules
from keyring.errors import InvalidToken

PRIVATE = ec.generate_private_key(ec.SECP256R1())
JWK = rules.public_jwk(PRIVATE.public_key())
HEADER = rules.encode_header(kid=JWK["kid"], typ="at+jwt")

claims_of_any_kind = st.dictionaries(
    st.text(),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=8,
    ),
    max_size=6,
)


def read(token: object, typ: str = "at+jwt") -> dict[str, object]:
    return rules.check_signature(rules.parse_token(token, typ=typ), key=PRIVATE.public_key())


def part(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@given(claims_of_any_kind)
def test_what_is_signed_reads_back(claims):
    assert read(rules.sign(claims, header=HEADER, key=PRIVATE)) == claims


@given(claims_of_any_kind)
def test_another_library_reads_what_is_signed(claims):
    token = jws.deserialize_compact(
        rules.sign(claims, header=HEADER, key=PRIVATE), ECKey.import_key(dict(JWK)), algorithms=["ES256"]
    )
    assert json.loads(token.payload) == claims
    assert token.headers() == {"alg": "ES256", "typ": "at+jwt", "kid": JWK["kid"]}


def test_what_another_library_signs_reads_here():
    key = ECKey.generate_key("P-256")
    public = rules.import_public_jwk({"x": str(key["x"]), "y": str(key["y"])})
    header = {"alg": "ES256", "typ": "at+jwt", "kid": key.thumbprint()}
    unverified = rules.parse_token(jwt.encode(header, {"sub": "ana"}, key), typ="at+jwt")
    assert unverified.kid == key.thumbprint()
    assert rules.check_signature(unverified, key=public) == {"sub": "ana"}


def test_the_key_id_is_the_thumbprint_of_rfc_7638():
    assert JWK["kid"] == ECKey.import_key(dict(JWK)).thumbprint()


def test_a_public_key_says_what_it_is_for_and_nothing_private():
    assert set(JWK) == {"kty", "crv", "x", "y", "use", "alg", "kid"}
    assert (JWK["kty"], JWK["crv"], JWK["use"], JWK["alg"]) == ("EC", "P-256", "sig", "ES256")


def test_a_public_key_survives_its_jwk():
    assert rules.import_public_jwk(JWK).public_numbers() == PRIVATE.public_key().public_numbers()


@pytest.mark.parametrize("typ", ["at+jwt", "AT+JWT", "At+Jwt"])
def test_the_type_is_compared_without_case(typ):
    token = rules.sign({}, header=rules.encode_header(kid="k", typ=typ), key=PRIVATE)
    assert read(token) == {}


@pytest.mark.parametrize("typ", ["JWT", "application/at+jwt", "at+jwt ", "logout+jwt", ""])
def test_another_type_is_refused(typ):
    token = rules.sign({}, header=rules.encode_header(kid="k", typ=typ), key=PRIVATE)
    with pytest.raises(InvalidToken):
        read(token)


def test_numbers_that_are_not_json_are_not_signed():
    with pytest.raises(ValueError, match="not JSON compliant"):
        rules.sign({"level": float("nan")}, header=HEADER, key=PRIVATE)


@given(st.text() | st.binary() | st.none() | st.integers())
def test_any_other_input_is_an_invalid_token_and_nothing_worse(junk):
    with pytest.raises(InvalidToken):
        read(junk)


@given(st.binary(), st.binary(), st.binary())
def test_any_three_parts_are_an_invalid_token_and_nothing_worse(header, payload, signature):
    with pytest.raises(InvalidToken):
        read(".".join(map(part, (header, payload, signature))))


TOKEN = rules.sign({"sub": "ana", "aud": ["orders"]}, header=HEADER, key=PRIVATE)


@given(st.integers(0, len(TOKEN) - 1), st.characters())
def test_one_changed_character_anywhere_is_an_invalid_token(at, character):
    changed = TOKEN[:at] + character + TOKEN[at + 1 :]
    if changed == TOKEN:
        assert read(changed) == {"sub": "ana", "aud": ["orders"]}
        return
    with pytest.raises(InvalidToken):
        read(changed)


@given(
    st.dictionaries(
        st.sampled_from(["alg", "typ", "kid", "jwk", "jku", "x5u", "x5c", "crit", "b64", "cty", "zip"]),
        st.sampled_from(["ES256", "at+jwt", JWK["kid"], "none", "HS256", None, 1, [], {}, ["b64"]]),
    )
)
def test_a_header_passes_only_with_exactly_three_members_of_the_right_values(header):
    token = resign(f"{part(header)}.{part({})}")
    accepted = False
    with contextlib.suppress(InvalidToken):
        read(token)
        accepted = True
    fits = header.keys() == {"alg", "typ", "kid"} and isinstance(header["kid"], str)
    assert accepted == (fits and header["alg"] == "ES256" and header["typ"] == "at+jwt")


@pytest.mark.parametrize(
    "payload",
    [b"", b"[]", b"7", b'"text"', b"{", b"\xff", b'{"a": NaN}', b'{"a": 1, "a": 2}', b'{"a":' * 900, b"[" * 9000],
)
def test_a_payload_that_is_not_one_json_object_is_refused_even_when_it_is_signed(payload):
    with pytest.raises(InvalidToken):
        read(resign(f"{HEADER.decode()}.{part(payload)}"))


@pytest.mark.parametrize(
    "token",
    [
        TOKEN + "=",
        TOKEN + "\n",
        " " + TOKEN,
        TOKEN + ".",
        TOKEN.replace(".", "..", 1),
        TOKEN + "A" * 20_000,
        "A" * 10_000_000,
        "\x00",
        f"{TOKEN}.{TOKEN}",
        part(TOKEN.encode()) + ".." + part(b"x" * 64),
        TOKEN.rpartition(".")[0] + ".",
        TOKEN.rpartition(".")[0] + "." + part(b"\x00" * 64),
        TOKEN.rpartition(".")[0] + "." + part(b"\xff" * 64),
        TOKEN.rpartition(".")[0] + "." + part(b"x" * 63),
        TOKEN.rpartition(".")[0] + "." + part(b"x" * 65),
        part(b'{"alg":"ES256","alg":"none","typ":"at+jwt","kid":"k"}') + "." + part({}) + "." + part(b"x" * 64),
    ],
)
def test_a_mangled_token_is_refused(token):
    with pytest.raises(InvalidToken):
        read(token)


def resign(signing_input: str) -> str:
    """Any signing input with our key's true signature."""
    header, _, payload = signing_input.partition(".")
    key = ECKey.import_key(PRIVATE)
    raw = jws.JWSRegistry.algorithms["ES256"].sign(f"{header}.{payload}".encode(), key)
    return f"{signing_input}.{part(raw)}"

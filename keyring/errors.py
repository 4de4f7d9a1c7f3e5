"""What the key ring refuses."""

from kit.refusal import Refusal


class InvalidToken(Refusal):
    """The token was not signed by this gateway as the type of token that was asked for."""

    code = "jwt_invalid"
    status = 401
    message = "The token is not valid here."


class NoSigningKey(Refusal):
    """Nothing can be signed before the first key was made."""

    code = "no_signing_key"
    status = 503
    message = "There is no signing key yet; run: python manage.py keyring_rotate."


class SigningKeyUnreadable(Refusal):
    """The stored private key does not open under the KEY_ENCRYPTION_KEY of this process."""

    code = "signing_key_unreadable"
    status = 503
    message = (
        "KEY_ENCRYPTION_KEY does not open the signing key in the database. "
        "Set the key that this database was started with."
    )

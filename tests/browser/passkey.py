"""A passkey without a thumb: Chromium's virtual authenticator."""

from typing import Any

from playwright.sync_api import CDPSession, Page


class Authenticator:
    """One device that makes and keeps passkeys for a window; it can be told to know its owner or not."""

    def __init__(self, page: Page, *, verifies: bool = True, keeps: bool = True) -> None:
        self.cdp: CDPSession = page.context.new_cdp_session(page)
        self.cdp.send("WebAuthn.enable")
        options: dict[str, Any] = {
            "protocol": "ctap2",
            "transport": "internal" if verifies else "usb",
            "hasResidentKey": keeps,
            "hasUserVerification": verifies,
            "isUserVerified": verifies,
            "automaticPresenceSimulation": True,
        }
        self.id = self.cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    @property
    def passkeys(self) -> list[dict[str, Any]]:
        """What it keeps."""
        found: list[dict[str, Any]] = self.cdp.send("WebAuthn.getCredentials", {"authenticatorId": self.id})[
            "credentials"
        ]
        return found

    def forget_owner(self) -> None:
        """From now on it does not recognize whoever holds it."""
        self.cdp.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": False})

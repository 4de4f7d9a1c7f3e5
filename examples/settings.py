"""Where the sample sites find their registration: the environment, else the demo's `demo.json`."""

import json
import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """What any OpenID Connect client has to know, and where its neighbor site lives."""

    issuer: str
    client_id: str
    client_secret: str
    redirect_uri: str
    neighbor: str

    @property
    def origin(self) -> str:
        """The site's own address, without a trailing slash."""
        return self.redirect_uri.removesuffix("/callback")


def read_settings(name: str, neighbor: str) -> Settings:
    """Settings of the site `name`: OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET, OIDC_REDIRECT_URI and
    NEIGHBOR_URL when OIDC_ISSUER is set, else its entry in the file DEMO_FILE names (default `var/demo.json`).
    """
    if "OIDC_ISSUER" in os.environ:
        return Settings(
            issuer=os.environ["OIDC_ISSUER"],
            client_id=os.environ["OIDC_CLIENT_ID"],
            client_secret=os.environ["OIDC_CLIENT_SECRET"],
            redirect_uri=os.environ["OIDC_REDIRECT_URI"],
            neighbor=os.environ.get("NEIGHBOR_URL", ""),
        )
    demo = json.loads(Path(os.environ.get("DEMO_FILE", "var/demo.json")).read_text())
    client = demo["clients"][name]
    return Settings(
        issuer=demo["issuer"],
        client_id=client["client_id"],
        client_secret=client["client_secret"],
        redirect_uri=client["redirect_uris"][0],
        neighbor=demo["clients"][neighbor]["redirect_uris"][0].removesuffix("/callback"),
    )

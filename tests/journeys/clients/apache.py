"""A site behind Apache's mod_auth_openidc: a relying party that others wrote, in another language, from Debian."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

MODULES = Path("/usr/lib/apache2/modules")
PATIENCE = 20.0
CONFIGURATION = """
ServerRoot "{root}"
ServerName localhost
PidFile "{root}/httpd.pid"
DefaultRuntimeDir "{root}"
Mutex file:{root} default
Listen 127.0.0.1:{port}
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authn_core_module {modules}/mod_authn_core.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule authz_user_module {modules}/mod_authz_user.so
LoadModule auth_openidc_module {modules}/mod_auth_openidc.so
User www-data
Group www-data
ErrorLog "{root}/error.log"
LogLevel warn auth_openidc:debug
DocumentRoot "{root}/pages"
OIDCProviderMetadataURL {issuer}/.well-known/openid-configuration
OIDCClientID {client_id}
OIDCClientSecret {client_secret}
OIDCProviderTokenEndpointAuth client_secret_basic
OIDCRedirectURI http://localhost:{port}/callback
OIDCScope "openid email"
OIDCPKCEMethod S256
OIDCIDTokenSignedResponseAlg ES256
OIDCSessionType server-cache
OIDCCacheType shm
OIDCCryptoPassphrase "only for this test"
OIDCRemoteUserClaim sub
<Location />
  AuthType openid-connect
  Require valid-user
</Location>
"""


@dataclass(frozen=True)
class Site:
    """The running site."""

    port: int
    root: Path

    @property
    def page(self) -> str:
        """A page for people who are signed in."""
        return f"http://localhost:{self.port}/private.txt"

    @property
    def backchannel(self) -> str:
        """Where it wants to be told of ended sessions."""
        return backchannel_of(self.port)

    @property
    def log(self) -> str:
        """What Apache has written."""
        return (self.root / "error.log").read_text(errors="replace")


def backchannel_of(port: int) -> str:
    """Where mod_auth_openidc on this port listens for logout tokens."""
    return f"http://localhost:{port}/callback?logout=backchannel"


@contextmanager
def running_site(*, issuer: str, client_id: str, client_secret: str, port: int) -> Iterator[Site]:
    """Start Apache as its own user and stop it at the end."""
    root = Path(tempfile.mkdtemp(prefix="throughline-apache-"))
    root.chmod(0o777)  # its worker is another user
    (root / "pages").mkdir(mode=0o755)
    (root / "pages" / "private.txt").write_text("only for people who are signed in")
    values = {"issuer": issuer, "client_id": client_id, "client_secret": client_secret}
    configuration = root / "httpd.conf"
    configuration.write_text(CONFIGURATION.format(root=root, port=port, modules=MODULES, **values))
    process = subprocess.Popen(
        [shutil.which("apache2") or "/usr/sbin/apache2", "-f", str(configuration), "-DFOREGROUND"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        _wait(port, process)
        yield Site(port=port, root=root)
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
        shutil.rmtree(root, ignore_errors=True)


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert process.poll() is None, process.stdout and process.stdout.read().decode()
        try:
            requests.get(f"http://localhost:{port}/callback", timeout=2, allow_redirects=False)
            return
        except requests.RequestException:
            time.sleep(0.1)
    raise AssertionError("Apache does not answer")

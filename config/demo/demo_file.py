"""`demo.json`: the demo's logins and secrets, readable by their owner only."""

import base64
import json
import os
import secrets
import tempfile
from pathlib import Path
from typing import Any

# Without 0, 1, i, l and o: people read these aloud and type them in.
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"


def read_demo(path: Path) -> dict[str, Any]:
    """What an earlier run wrote, or an empty dictionary. Raises ValueError for a file that is not ours."""
    if not path.exists():
        return {}
    match json.loads(path.read_text(encoding="utf-8")):
        case dict() as demo:
            return demo
    raise ValueError("it holds no JSON object")


def write_demo(path: Path, demo: dict[str, Any]) -> None:
    """Replace the file at once: whoever reads it sees the old one or the new one, complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".demo-")  # mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(demo, file, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def new_password() -> str:
    """Twenty random letters and digits in four groups: about 99 bits, easy to copy by hand."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(4))


def new_totp_secret() -> str:
    """160 random bits in base32, as authenticator apps take them."""
    return base64.b32encode(secrets.token_bytes(20)).decode()

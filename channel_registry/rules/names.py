"""What channels may be called."""

import re

from channel_registry.errors import ChannelInvalid

_SLUG = re.compile(r"[a-z][a-z0-9_]{0,31}")
_NAME_LENGTH = 100


def check_slug(slug: object) -> str:
    """A channel's short name: lower-case letters, digits and `_`, from a letter on, at most 32."""
    if not isinstance(slug, str) or not _SLUG.fullmatch(slug):
        raise ChannelInvalid("The short name has lower-case letters, digits and _, and starts with a letter.")
    return slug


def check_name(name: object) -> str:
    """A channel's display name: one line of at most 100 printable characters."""
    if not isinstance(name, str) or not name.strip() or len(name) > _NAME_LENGTH or not name.isprintable():
        raise ChannelInvalid(f"The name is one line of at most {_NAME_LENGTH} characters.")
    return name.strip()

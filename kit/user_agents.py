"""What a browser calls itself, in the words of the person who holds it."""

# The first mark found wins: browsers name their ancestors too (Edge says Chrome, Chrome says Safari).
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)


def name_device(user_agent: str) -> str:
    """A short readable name such as `Firefox on Windows`; what the header does not say is left out."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    return " on ".join(part for part in (browser, name_system(user_agent)) if part)


def name_system(user_agent: str) -> str:
    """The kind of system a browser says it runs on, such as `Windows`; empty where it does not say."""
    return next((name for mark, name in _SYSTEMS if mark in user_agent), "")

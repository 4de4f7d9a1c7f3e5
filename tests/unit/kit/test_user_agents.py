import pytest

from kit.user_agents import name_device


@pytest.mark.parametrize(
    ("user_agent", "label"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:131.0) Gecko/20100101 Firefox/131.0", "Firefox on Windows"),
        (
            "(Macintosh; Intel Mac OS X 10_15_7) Version/17.4 Safari/605.1.15",
            "Safari on Mac",
        ),
        (
            "(Linux; Android 14; Pixel 8) Chrome/130.0.0.0 Mobile Safari/537.36",
            "Chrome on Android",
        ),
        (
            "(iPhone; CPU iPhone OS 17_4 like Mac OS X) CriOS/130.0.0.0 Mobile/15E148 Safari/604.1",
            "Chrome on iPhone",
        ),
        (
            "(Windows NT 10.0; Win64; x64) Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0",
            "Edge on Windows",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64)", "Linux"),
        ("curl/8.5.0", ""),
        ("", ""),
    ],
)
def test_a_device_is_called_by_what_its_browser_says(user_agent, label):
    assert name_device(user_agent) == label

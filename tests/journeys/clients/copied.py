"""Running code as somebody would who copied it from a guide or from a client's page."""

import importlib.util
import json
import os
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.journeys.people import answer_pages
from tests.journeys.running_demo import RunningDemo
from tests.journeys.visitor import Visitor

REDIRECT_URI = "http://localhost:9999/cb"
_DRIVER = """
import { begin, finish } from './copied.mjs'
import * as readline from 'node:readline/promises'
const { url, checks } = await begin()
console.log(JSON.stringify(url))
const lines = readline.createInterface({ input: process.stdin })
const { value } = await lines[Symbol.asyncIterator]().next()
console.log(JSON.stringify(await finish(value, checks)))
process.exit(0)
"""


def home_page_of_flask_site(
    code: str, environment: dict[str, str], demo: RunningDemo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> str:
    """What the site in `code` says at home after ben has signed in there."""
    for name in ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_REDIRECT_URI"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    path = tmp_path / "copied_site.py"
    path.write_text(code)
    spec = importlib.util.spec_from_file_location("copied_site", path)
    assert spec
    assert spec.loader
    site = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(site)
    browser, visitor = site.app.test_client(), Visitor()
    visitor.open(browser.get("/sign-in").headers["Location"], stop_at=REDIRECT_URI)
    answer_pages(visitor, demo.demo["customers"]["ben"], stop_at=REDIRECT_URI)
    answer = urlsplit(visitor.last_address)
    browser.get(f"{answer.path}?{answer.query}")
    return str(browser.get("/").text)


def claims_of_node_module(
    code: str, environment: dict[str, str], demo: RunningDemo, tmp_path: Path, openid_client: Path
) -> dict[str, Any]:
    """What the module in `code` knows of ben after he has signed in with it."""
    (tmp_path / "copied.mjs").write_text(code)
    (tmp_path / "driver.mjs").write_text(_DRIVER)
    (tmp_path / "node_modules").symlink_to(openid_client / "node_modules")
    visitor = Visitor()
    with subprocess.Popen(
        ["node", "driver.mjs"],
        cwd=tmp_path,
        env=os.environ | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdout
        assert program.stderr
        line = program.stdout.readline()
        assert line, program.stderr.read()
        visitor.open(json.loads(line), stop_at=REDIRECT_URI)
        answer_pages(visitor, demo.demo["customers"]["ben"], stop_at=REDIRECT_URI)
        out, errors = program.communicate(visitor.last_address + "\n", timeout=60)
    assert program.returncode == 0, errors
    return dict(json.loads(out))

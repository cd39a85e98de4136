"""The command in BROWSER: one that does not start, one that ends, one in the background."""

from __future__ import annotations

import io
import sys

import pytest

from bruscript.auth.oauth2 import OAuth2Error

CURL = "curl -sLo /dev/null %s"


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("/nonexistent/browser", "No such file or directory"),
        ("nosuchcmd --new %s", "No such file or directory"),
        ("nosuchcmd %s &", "No such file or directory"),
        ("open '%s", "No closing quotation"),
        (" & ", "it is empty"),
        ("othercmd %s:nosuchcmd %s", "No such file or directory"),
    ],
)
async def test_a_browser_that_cannot_be_started_is_an_error_at_once(
    setup, block, browser, monkeypatch, command, reason
):
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    browser(command)
    with pytest.raises(OAuth2Error) as caught:
        await setup(timeout=600).manager.authorize(block("authorization_code"))
    last = " ".join(command.rpartition(":")[2].split())
    assert f"the command in BROWSER (`{last}`) could not be started: {reason}.\nCorrect" in str(caught.value)


async def test_without_any_browser_the_error_names_the_ways(setup, block, browser, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    browser("")
    with pytest.raises(OAuth2Error, match="no browser could be opened\\.\nThere are four ways"):
        await setup(timeout=600).manager.authorize(block("authorization_code"))


@pytest.mark.parametrize(
    ("command", "status"), [("false", 1), ("false %s", 1), ("sh -c 'exit 7' %s", 7), ("true %s", 0)]
)
async def test_a_command_that_ends_without_an_answer_ends_the_wait(
    setup, block, browser, monkeypatch, command, status
):
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    monkeypatch.setattr("bruscript.auth.oauth2.browser.GRACE_S", 0.2)
    browser(command)
    with pytest.raises(OAuth2Error) as caught:
        await setup(timeout=600).manager.authorize(block("authorization_code"))
    assert f"the command in BROWSER (`{command}`) ended with exit status {status}." in str(caught.value)
    assert ("at its end to wait longer" in str(caught.value)) == (status == 0)


async def test_a_command_in_the_background_is_waited_for(idp, setup, block, browser, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    monkeypatch.setattr("bruscript.auth.oauth2.browser.GRACE_S", 0.0)
    browser(f"{CURL} &")
    _, response = await setup(timeout=600).call(block("authorization_code"), f"{idp.url}/api")
    assert response.status == 200


async def test_the_wait_for_the_browser_ends(setup, block, browser):
    browser("true")
    with pytest.raises(
        OAuth2Error, match=r"no answer came to http://127\.0\.0\.1:\d+/callback within 0\.3 s"
    ):
        await setup(timeout=0.3).manager.authorize(block("authorization_code"))

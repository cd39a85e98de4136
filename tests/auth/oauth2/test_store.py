from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from typing import Any

import keyring
import keyring.backend
import pytest

from bruscript.auth.oauth2 import MemoryTokenStore, TokenKey, TokenStore, TokenStoreError, open_store

KEY = TokenKey("id", "https://idp.example/token")


class Keychain(keyring.backend.KeyringBackend):
    """A keychain in memory."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[tuple[str, str], str] = {}

    def get_password(self, service, username):
        return self.entries.get((service, username))

    def set_password(self, service, username, password):
        self.entries[service, username] = password

    def delete_password(self, service, username):
        del self.entries[service, username]


@pytest.fixture
def keychain():
    before = keyring.get_keyring()
    backend = Keychain()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


@pytest.fixture(params=["memory", "file", "keyring"])
def store(request, tmp_path, keychain) -> TokenStore:
    places = {"memory": None, "file": tmp_path / "tokens.json", "keyring": "keyring:test"}
    return open_store(places[request.param])


def test_keeps_and_forgets(store):
    assert isinstance(store, TokenStore)
    assert store.get(KEY) is None
    store.save(KEY, {"access_token": "a", "nested": {"x": [1]}})
    store.save(TokenKey("id", "https://b"), {"access_token": "b"})
    store.save(TokenKey("other", "https://b"), {"access_token": "c"})
    assert store.get(KEY) == {"access_token": "a", "nested": {"x": [1]}}
    assert store.delete("id") == 2
    assert store.delete("id") == 0
    assert [key.credentials_id for key, _ in store.items()] == ["other"]
    assert "access" not in repr(store)


def test_one_of_several_tokens_is_discarded(store):
    for user in ("ada", "bob"):
        store.save(KEY._replace(user=user), {"access_token": user})
    store.discard(KEY._replace(user="ada"))
    store.discard(KEY._replace(user="nobody"))
    assert [credentials["access_token"] for _, credentials in store.items()] == ["bob"]


async def test_the_keychain_is_shared_and_runs_use_it(idp, setup, block, keychain, tmp_path, capsys):
    from bruscript.cli import main

    made = setup(open_store("keyring:shop"))
    await made.manager.authorize(block())
    assert (await setup(open_store("keyring:shop")).manager.authorize(block())).outcome == "reused"
    assert list(open_store("keyring:other").items()) == []
    assert main(["auth", "list", "--token-store", "keyring:shop"]) == 0
    assert "client machine" in capsys.readouterr().out
    assert {service for service, _ in keychain.entries} == {"bruscript:shop"}
    keychain.entries["bruscript:shop", "index"] = "{"
    with pytest.raises(TokenStoreError, match="not a token store, or are damaged"):
        open_store("keyring:shop")


def test_without_a_keychain_the_error_says_so(keychain, monkeypatch):
    def fail(*arguments):
        raise keyring.errors.NoKeyringError("no backend")

    monkeypatch.setattr(keychain, "get_password", fail)
    with pytest.raises(TokenStoreError, match=r'cannot be used: NoKeyringError.*\ntoken_store="FILE"'):
        open_store("keyring:x")


def test_an_own_store_is_taken_as_it_is():
    own = MemoryTokenStore()
    assert open_store(own) is own


def test_the_file_is_its_owners_alone(tmp_path):
    path = tmp_path / "new" / "tokens.json"
    old = os.umask(0)
    try:
        store = open_store(path)
        store.save(KEY, {"access_token": "a"})
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700
        path.chmod(0o644)
        assert open_store(path).get(KEY) == {"access_token": "a"}
        assert path.stat().st_mode & 0o777 == 0o600
    finally:
        os.umask(old)


def test_two_stores_on_one_file_see_each_others_tokens(tmp_path):
    one, two = open_store(tmp_path / "t"), open_store(str(tmp_path / "t"))
    one.save(KEY, {"access_token": "a"})
    two.save(TokenKey("b", "u"), {"access_token": "b"})
    assert {key.credentials_id for key, _ in one.items()} == {"id", "b"}
    assert two.get(KEY) == {"access_token": "a"}


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "real")
    open_store(tmp_path / "link").save(KEY, {"access_token": "a"})
    assert (tmp_path / "link").is_symlink()
    assert "access_token" in (tmp_path / "real").read_text()


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"\xff\xfe",
        b'{"name": "my package"}',
        b"[]",
        b"null",
        b'{"format": "bruscript token store", "version": 1, "tokens": [{"url": "x"}]}',
        b'{"format": "bruscript token store", "version": 1, "tokens": ["x"]}',
    ],
)
def test_another_file_is_reported_and_left(tmp_path, content):
    path = tmp_path / "file"
    path.write_bytes(content)
    path.chmod(0o644)
    with pytest.raises(TokenStoreError, match="not a token store"):
        open_store(path)
    assert path.read_bytes() == content
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_file_that_is_damaged_meanwhile_is_not_replaced(tmp_path):
    path = tmp_path / "file"
    store = open_store(path)
    store.save(KEY, {"access_token": "a"})
    path.write_bytes(b"damaged")
    with pytest.raises(TokenStoreError, match="left as it is"):
        store.save(KEY, {"access_token": "b"})
    assert path.read_bytes() == b"damaged"


def test_a_newer_version_is_not_touched(tmp_path):
    path = tmp_path / "file"
    path.write_text(json.dumps({"format": "bruscript token store", "version": 2, "tokens": []}))
    with pytest.raises(TokenStoreError, match="version 2"):
        open_store(path)


def test_a_directory_is_reported_and_left(tmp_path):
    tmp_path.chmod(0o755)
    with pytest.raises(TokenStoreError, match="cannot be read: it is not a regular file"):
        open_store(tmp_path)
    assert tmp_path.stat().st_mode & 0o777 == 0o755


def test_a_device_is_no_store():
    with pytest.raises(TokenStoreError, match="cannot be read: it is not a regular file"):
        open_store(os.devnull)


def test_a_failed_write_leaves_nothing_behind(tmp_path):
    store = open_store(tmp_path / "t")
    store.save(KEY, {"access_token": "a"})
    with pytest.raises(TypeError):
        store.save(KEY, {"access_token": object()})
    assert store.get(KEY) == {"access_token": "a"}
    assert [path.name for path in tmp_path.iterdir() if not path.name.endswith(".lock")] == ["t"]


WRITER = """
import sys
from bruscript.auth.oauth2 import TokenKey, open_store
store = open_store(sys.argv[1])
for number in range(25):
    store.save(TokenKey(f"{sys.argv[2]}-{number}", "u"), {"access_token": "a"})
"""


def test_processes_do_not_lose_each_others_tokens(tmp_path):
    path = str(tmp_path / "t")
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, path, name]) for name in "abc"]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    assert len(list(open_store(path).items())) == 75


GETTER = """
import asyncio, json, sys
from bruscript.auth.oauth2 import TokenManager, open_store
from bruscript.http import Client, ClientConfig

async def main():
    client = Client(ClientConfig())
    manager = TokenManager(open_store(sys.argv[1]), client.send)
    print("ready", flush=True)
    sys.stdin.readline()
    print((await manager.authorize(json.loads(sys.argv[2]))).outcome)
    await client.aclose()

asyncio.run(main())
"""


def test_two_processes_make_one_token_request(idp, block, tmp_path):
    idp.delay = 0.5
    command = [sys.executable, "-c", GETTER, str(tmp_path / "t"), json.dumps(block())]
    getters = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    for getter in getters:
        assert getter.stdout.readline() == "ready\n"
    for getter in getters:
        getter.stdin.write("\n")
        getter.stdin.flush()
    outcomes = sorted(getter.communicate()[0].strip() for getter in getters)
    assert outcomes == ["fetched", "reused"]
    assert len(idp.token_requests) == 1


async def test_only_one_holds_the_lock_of_a_key(tmp_path):
    one, two = open_store(tmp_path / "t"), open_store(tmp_path / "t")
    entered = []
    both = asyncio.Event()

    async def enter(store, key, name):
        async with store.exclusive(key):
            entered.append(name)
            await asyncio.sleep(0.1)
            entered.append(name)

    async def enter_together(store, key, name):
        async with store.exclusive(key):
            entered.append(name)
            if len(entered) == 2:
                both.set()
            await both.wait()

    await asyncio.gather(enter(one, KEY, "a"), enter(two, KEY, "b"))
    assert entered in (["a", "a", "b", "b"], ["b", "b", "a", "a"])
    entered.clear()
    await asyncio.gather(enter_together(one, KEY, "a"), enter_together(two, TokenKey("c", "d"), "b"))


class Broken(MemoryTokenStore):
    """A store of an embedder whose database is gone."""

    def _fail(self, *_: object) -> Any:
        raise ConnectionError("database is gone")

    get: Any = _fail
    items: Any = _fail
    delete: Any = _fail

    def __repr__(self):
        return "<Broken>"


async def test_an_own_store_that_fails_is_an_error_for_the_user(setup, block):
    manager = setup(Broken()).manager
    expected = "The token store <Broken> failed: ConnectionError: database is gone"
    with pytest.raises(TokenStoreError, match=expected):
        await manager.authorize(block())
    with pytest.raises(TokenStoreError, match=expected):
        manager.reset("id")

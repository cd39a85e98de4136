"""Sample applications of the frameworks that people have, as docs/pytest.md shows them."""

from __future__ import annotations

import importlib
import re
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

Make = Callable[..., Path]

DOCS = Path(__file__).parents[2] / "docs" / "pytest.md"

FASTAPI = """
import contextlib
from typing import Annotated

from fastapi import Depends, FastAPI, Request

starts = []

@contextlib.asynccontextmanager
async def lifespan(app):
    starts.append("start")
    yield {"pool": f"pool {len(starts)}"}
    starts.append("stop")

def get_user():
    return "the real one"

app = FastAPI(lifespan=lifespan)

@app.get("/user")
async def user(user: Annotated[str, Depends(get_user)]):
    return {"user": user}

@app.get("/sync")
def sync(user: Annotated[str, Depends(get_user)]):
    return {"user": user}

@app.get("/pool")
async def pool(request: Request):
    return {"pool": request.state.pool, "starts": starts}
"""


BODY = """script:post-response {
  test("thread and context", () => expect([res.body.thread, res.body.g]).to.eql([true, "by the fixture"]));
}"""


@pytest.fixture(scope="module", autouse=True)
def frameworks() -> None:
    """Load them first: pytester unloads what a run has loaded, and not every module can be loaded twice."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in ("asgi_lifespan", "fastapi.testclient", "flask"):
            importlib.import_module(name)


def expects(path: str, value: str) -> str:
    """A test that a value of the response's body is what it should be."""
    return f'tests {{\n  test("{path}", () => expect(res.body.{path}).to.eql({value}));\n}}'


def example(beginning: str) -> str:
    """The first example of the page after the paragraph that begins so."""
    text = DOCS.read_text("utf-8").partition(beginning)[2]
    found = re.search(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    assert found
    return found[1]


def test_the_first_examples_of_the_page(pytester: pytest.Pytester, make: Make) -> None:
    shop = pytester.mkpydir("shop")
    (shop / "main.py").write_text(
        "from server import app\n"
        "def create_app(url):\n    assert url == 'sqlite://'\n    return app\n"
        "app.make_token = lambda user: f'token of {user}'\n"
    )
    database = (
        "import types\n@pytest.fixture(scope='session')\ndef database():\n"
        "    return types.SimpleNamespace(url='sqlite://')\n"
    )
    make(
        "api-tests",
        a='tests {\n  test("t", () => expect(bru.getEnvVar("token")).to.equal("token of alice"));\n}',
    )
    pytester.makeconftest(example("## Options from fixtures") + database)
    pytester.runpytest_inprocess().assert_outcomes(passed=1)
    page = DOCS.read_text("utf-8")
    (ini,) = re.findall(r"^```ini\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    (pytester.path / "tox.ini").unlink()
    (pytester.path / "conftest.py").unlink()
    (pytester.path / "pytest.ini").write_text(ini)
    make("of-the-file", b='tests {\n  test("t", () => expect(bru.getEnvVar("user")).to.equal("alice"));\n}')
    last = example("## Without items").replace(
        'env="local"', 'env="local", app=app, env_vars={"token": "token of alice"}'
    )
    (pytester.path / "test_last.py").write_text("from shop.main import app\n" + last)
    pytester.runpytest_inprocess("of-the-file", "test_last.py").assert_outcomes(passed=2)


def test_fastapi_with_dependency_overrides_and_lifespan(pytester: pytest.Pytester, make: Make) -> None:
    (pytester.path / "main.py").write_text(FASTAPI)
    make(
        user=expects("user", '"alice"'),
        sync=expects("user", '"alice"'),
        pool=expects("pool", '"pool 1"') + "\n",
    )
    options = example("**FastAPI and other ASGI").replace("get_session", "get_user")
    pytester.makeconftest(
        "import pytest\nfrom main import app, get_user, starts\n\n"
        "@pytest.fixture(scope='module')\ndef session():\n    return 'alice'\n\n"
        + options.replace("@pytest.fixture", "@pytest.fixture(scope='module')")
    )
    (pytester.path / "test_after.py").write_text(
        "from main import app, starts\n"
        "def test_it_was_stopped_and_nothing_is_overridden():\n"
        "    assert starts == ['start', 'stop']\n    assert not app.dependency_overrides\n"
    )
    pytester.runpytest_inprocess("api", "test_after.py").assert_outcomes(passed=4)


def test_fastapi_with_a_database_that_is_rolled_back(pytester: pytest.Pytester, make: Make) -> None:
    (pytester.path / "main.py").write_text(
        """
import sqlite3
from typing import Annotated
from fastapi import Depends, FastAPI

app = FastAPI()
database = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
database.execute("create table users (name)")

def get_session():
    raise RuntimeError("the real database")

Session = Annotated[sqlite3.Connection, Depends(get_session)]

def names(session):
    return {"users": [name for (name,) in session.execute("select name from users order by name")]}

@app.get("/add")
def add(session: Session):
    session.execute("insert into users values ('of the request')")
    return names(session)

@app.get("/names")
async def get_names(session: Session):
    return names(session)
"""
    )
    pytester.makeconftest(
        "import pytest\nfrom main import app, database, get_session\n\n"
        "@pytest.fixture\ndef session():\n    database.execute('begin')\n"
        "    database.execute(\"insert into users values ('alice')\")\n"
        "    yield database\n    database.execute('rollback')\n\n" + example("**FastAPI and other ASGI")
    )
    make(add=expects("users", '["alice", "of the request"]'), names=expects("users", '["alice"]'))
    pytester.runpytest_inprocess().assert_outcomes(passed=2)


@pytest.mark.parametrize("by", ["TestClient", "LifespanManager"])
def test_an_application_that_is_running_already(pytester: pytest.Pytester, make: Make, by: str) -> None:
    (pytester.path / "main.py").write_text(FASTAPI)
    make(a=expects("pool", '"pool 1"'), b=expects("starts", '["start"]'))
    for file in (pytester.path / "api").glob("?.bru"):
        file.write_text(re.sub("{{host}}/.", "{{host}}/pool", file.read_text()))
    manager = (
        "@pytest.fixture(scope='session')\n"
        "def bruscript_options():\n"
        "    async def start():\n"
        "        return await LifespanManager(app).__aenter__()\n"
        "    loop = asyncio.new_event_loop()\n"
        "    manager = loop.run_until_complete(start())\n"
        "    yield {'app': manager.app, 'lifespan': 'off'}\n"
        "    loop.run_until_complete(manager.__aexit__())\n"
        "    loop.close()\n"
    )
    pytester.makeconftest(
        "import asyncio\nimport pytest\nfrom asgi_lifespan import LifespanManager\n"
        "from fastapi.testclient import TestClient\nfrom main import app\n\n"
        + (example("The application's lifespan runs") if by == "TestClient" else manager)
    )
    pytester.runpytest_inprocess("-W", "ignore").assert_outcomes(passed=2)


def test_flask_uses_the_context_of_fixtures(pytester: pytest.Pytester, make: Make) -> None:
    (pytester.path / "shop.py").write_text(
        """
import sqlite3
import threading
from flask import Flask, g

connection = sqlite3.connect(":memory:")
connection.execute("create table users (name)")
app = Flask("shop")

@app.get("/users")
def users():
    return {
        "users": [name for (name,) in connection.execute("select name from users")],
        "thread": threading.current_thread() is threading.main_thread(),
        "g": g.get("seen"),
    }

@app.get("/add")
def add():
    connection.execute("insert into users values ('bob')")
    app.logger.warning("bob was added")
    return {}

@app.get("/broken")
def broken():
    raise LookupError("no such thing")
"""
    )
    pytester.makeconftest(
        """
import pytest
from shop import app, connection, g

@pytest.fixture
def database():
    connection.execute("begin")
    connection.execute("insert into users values ('alice')")
    yield connection
    connection.rollback()

@pytest.fixture
def bruscript_options(database):
    with app.app_context():
        g.seen = "by the fixture"
        yield {"app": app}
"""
    )
    make(add="", users=expects("users", '["alice"]') + "\n\n" + BODY, broken="")
    run = pytester.runpytest_inprocess("-rP")
    run.assert_outcomes(passed=2, failed=1)
    run.stdout.fnmatch_lines(["*LookupError: no such thing*"])
    run.stdout.fnmatch_lines(["*Captured log call*", "WARNING*bob was added"])


DJANGO = """
import django
from django.conf import settings

if not settings.configured:
    settings.configure(
        DEBUG=True,
        SECRET_KEY="x",
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF="urls",
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    )
"""
URLS = """
from django.contrib.auth.models import User
from django.http import JsonResponse
from django.urls import path

def users(request):
    return JsonResponse({"users": sorted(User.objects.values_list("username", flat=True))})

async def anew(request):
    await User.objects.acreate(username="of the request")
    names = User.objects.order_by("username").values_list("username", flat=True)
    return JsonResponse({"users": [name async for name in names]})

urlpatterns = [path("users", users), path("anew", anew), path("again", users)]
"""


def test_django_sees_the_transaction_of_the_test_and_is_rolled_back(
    pytester: pytest.Pytester, make: Make
) -> None:
    (pytester.path / "configuration.py").write_text(DJANGO)
    (pytester.path / "urls.py").write_text(URLS)
    (pytester.path / "tox.ini").write_text((pytester.path / "tox.ini").read_text() + "\npythonpath = .\n")
    pytester.makeconftest("import configuration")
    for interface in ("wsgi", "asgi"):
        root = make(
            interface,
            users=expects("users", '["alice"]'),
            anew=expects("users", '["alice", "of the request"]'),
            again=expects("users", '["alice"]'),
        )
        options = example("**Flask, Django and other WSGI").replace("get_asgi", f"get_{interface}")
        (root / "conftest.py").write_text(
            "import pytest\n"
            "from django.core.asgi import get_asgi_application\n"
            "from django.core.wsgi import get_wsgi_application\n\n" + options
        )
    run = pytester.runpytest_subprocess("-p", "pytest_django", "-p", "pytest_django.plugin")
    run.assert_outcomes(passed=6)

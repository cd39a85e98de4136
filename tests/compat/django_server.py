"""Starts django-oauth-toolkit on a free port of the loopback interface and prints its URL; ends with stdin.

Its user is ada, with the password lovelace. The database is in memory. `/login` is our own: it takes name and
password as a form, without a page. `/api` says whose a token is.
"""

from __future__ import annotations

import os
import sys
import threading
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import django
from django.conf import settings

SECRETS = {"service": "service-secret-1", "legacy": "legacy-secret-1", "web": "web+secret/1%"}


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


def configure() -> None:
    settings.configure(
        ALLOWED_HOSTS=["127.0.0.1"],
        SECRET_KEY=os.urandom(16).hex(),
        ROOT_URLCONF=__name__,
        LOGIN_URL="/login",
        INSTALLED_APPS=[
            *("django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"),
            "oauth2_provider",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
            }
        ],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        OAUTH2_PROVIDER={
            "SCOPES": {"read": "Read", "write": "Write", "introspection": "Introspect"},
            "DEFAULT_SCOPES": ["read"],
        },
    )
    django.setup()


def populate() -> None:
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from oauth2_provider.models import Application

    call_command("migrate", verbosity=0)
    User.objects.create_user("ada", password="lovelace")
    kinds = {
        "service": (Application.CLIENT_CONFIDENTIAL, Application.GRANT_CLIENT_CREDENTIALS),
        "legacy": (Application.CLIENT_CONFIDENTIAL, Application.GRANT_PASSWORD),
        "web": (Application.CLIENT_CONFIDENTIAL, Application.GRANT_AUTHORIZATION_CODE),
        "native": (Application.CLIENT_PUBLIC, Application.GRANT_AUTHORIZATION_CODE),
        "page": (Application.CLIENT_PUBLIC, Application.GRANT_IMPLICIT),
    }
    for name, (kind, grant) in kinds.items():
        Application.objects.create(
            name=name,
            client_id=name,
            client_secret=SECRETS.get(name, ""),
            client_type=kind,
            authorization_grant_type=grant,
            redirect_uris="http://127.0.0.1/callback",
        )


def login(request: Any) -> Any:
    from django.contrib.auth import authenticate
    from django.contrib.auth import login as sign_in
    from django.http import HttpResponse

    user = authenticate(request, username=request.GET["name"], password=request.GET["password"])
    sign_in(request, user)
    return HttpResponse("signed in")


def api(request: Any) -> Any:
    from django.http import JsonResponse
    from oauth2_provider.oauth2_backends import get_oauthlib_core

    valid, asked = get_oauthlib_core().verify_request(request, scopes=["read"])
    if not valid:
        return JsonResponse({"error": "invalid_token"}, status=401)
    token = asked.access_token
    user = token.user.username if token.user else None
    return JsonResponse({"user": user, "client": token.application.client_id, "scope": token.scope})


def main() -> None:
    server = WSGIServer(("127.0.0.1", 0), Quiet)
    url = f"http://127.0.0.1:{server.server_port}"
    configure()
    populate()
    from django.core.wsgi import get_wsgi_application

    server.set_app(get_wsgi_application())

    def end_with_stdin() -> None:
        sys.stdin.read()
        server.shutdown()

    threading.Thread(target=end_with_stdin, daemon=True).start()
    print(url, flush=True)
    # In this thread, whose connection has the database.
    server.serve_forever()


def __getattr__(name: str) -> Any:
    """The URLs, once Django asks for them: it is set up by then."""
    if name != "urlpatterns":
        raise AttributeError(name)
    from django.urls import include, path

    return [
        path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
        path("login", login),
        path("api", api),
    ]


if __name__ == "__main__":
    main()

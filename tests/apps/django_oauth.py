"""A Django site whose OAuth 2.0 is django-oauth-toolkit's; prints its URL, and ends with its standard input.

As a command it takes the directory of the database. Users: ada, whose password is lovelace. Applications are
named by their client ids, and the secret of each is its id and `-secret` (the one of `spiky` is SPIKY).
"""

from __future__ import annotations

import logging
import sys
import threading
from pathlib import Path
from typing import Any

SPIKY = "p+ss:w%41rd/ü&="
SECRETS = {"spiky": SPIKY}
NATIVE = "http://127.0.0.1:7/callback"
PAGE = "https://app.example/callback"
LOGIN = '<form method="post">{% csrf_token %}{{ form }}<input type="submit"></form>'


def configure(folder: Path, url: str) -> None:
    """Set Django up for a site at `url` with a database in `folder`."""
    import django
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from django.conf import settings

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    settings.configure(
        ALLOWED_HOSTS=["127.0.0.1"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "db.sqlite3"}},
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "oauth2_provider",
        ],
        LOGGING_CONFIG=None,
        LOGIN_URL="/login/",
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        OAUTH2_PROVIDER={
            "ACCESS_TOKEN_EXPIRE_SECONDS": 600,
            "ALLOW_LOCALHOST_LOOPBACK": True,
            "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
            "DEVICE_FLOW_INTERVAL": 1,
            "OAUTH_DEVICE_VERIFICATION_URI": f"{url}/o/device/",
            "OAUTH_DEVICE_VERIFICATION_URI_COMPLETE": lambda code: f"{url}/o/device/?user_code={code}",
            "OAUTH2_VALIDATOR_CLASS": f"{__name__}.Validator",
            "OIDC_ENABLED": True,
            "OIDC_RSA_PRIVATE_KEY": pem.decode(),
            "REFRESH_TOKEN_REUSE_PROTECTION": True,
            "SCOPES": {"read": "See", "write": "Change", "openid": "Who you are", "introspection": "Ask"},
            "DEFAULT_SCOPES": ["read"],
        },
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        ROOT_URLCONF=__name__,
        SECRET_KEY="of the tests",
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {
                    "context_processors": ["django.template.context_processors.request"],
                    "loaders": [
                        ("django.template.loaders.locmem.Loader", {"login.html": LOGIN}),
                        "django.template.loaders.app_directories.Loader",
                    ],
                },
            }
        ],
        USE_TZ=True,
    )
    django.setup()


def fill() -> None:
    """Make the tables, the user and the applications."""
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from oauth2_provider.models import Application

    call_command("migrate", verbosity=0)
    ada = User.objects.create_user("ada", password="lovelace")

    def add(client_id: str, grant: str, kind: str = "confidential", **more: Any) -> None:
        Application.objects.create(
            client_id=client_id,
            client_secret=SECRETS.get(client_id, f"{client_id}-secret"),
            authorization_grant_type=grant,
            client_type=kind,
            name=client_id,
            user=ada,
            **more,
        )

    add("machine", "client-credentials")
    add("spiky", "client-credentials")
    add("legacy", "password")
    add("web", "authorization-code", redirect_uris=PAGE, algorithm="RS256")
    add("native", "authorization-code", "public", redirect_uris=f"{NATIVE} http://127.0.0.1/callback")
    add("page", "implicit", "public", redirect_uris=PAGE, algorithm="RS256")
    add("tv", "urn:ietf:params:oauth:grant-type:device_code", "public")


def validator() -> type:
    """The toolkit's validator with what oauthlib 4 asks for besides, to give out a device's token."""
    from oauth2_provider.models import DeviceGrant
    from oauth2_provider.oauth2_validators import OAuth2Validator

    class Validator(OAuth2Validator):
        def validate_device_code(self, client_id: str, code: str, request: Any) -> str:
            # The toolkit's view has looked at the grant's state before.
            grant = DeviceGrant.objects.get(client_id=client_id, device_code=code)
            request.user, request.scopes = grant.user, grant.scope.split()
            return "authorized"

    return Validator


def urls() -> list[Any]:
    """The site's pages: those of the toolkit, the login form, and what tokens are for."""
    from django.contrib.auth.views import LoginView
    from django.http import JsonResponse
    from django.urls import include, path
    from oauth2_provider.views import DeviceAuthorizationView
    from oauth2_provider.views.generic import ProtectedResourceView

    class Api(ProtectedResourceView):
        def get(self, request: Any) -> JsonResponse:
            token = self.verify_request(request)[1].access_token
            user = token.user and token.user.username
            return JsonResponse({"user": user, "client": token.application.client_id, "scope": token.scope})

    class Devices(DeviceAuthorizationView):
        def create_device_authorization_response(self, request: Any) -> Any:
            headers, answer, status = super().create_device_authorization_response(request)
            # Of oauthlib 4; the toolkit's view cannot take it.
            if isinstance(answer, dict):
                answer.pop("scope", None)
            return headers, answer, status

    return [
        path("o/device-authorization/", Devices.as_view()),
        path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
        path("login/", LoginView.as_view(template_name="login.html")),
        path("api", Api.as_view()),
    ]


def main() -> None:
    """Serve until standard input ends."""
    logging.basicConfig(level=logging.WARNING)
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application

    server = ThreadedWSGIServer(("127.0.0.1", 0), WSGIRequestHandler)
    server.daemon_threads = True
    url = f"http://127.0.0.1:{server.server_port}"
    configure(Path(sys.argv[1]), url)
    fill()
    globals().update(Validator=validator(), urlpatterns=urls())
    server.set_app(get_wsgi_application())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(url, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()

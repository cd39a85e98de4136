"""AWS Secrets Manager."""

from __future__ import annotations

import os
import re

from bruscript.auth.awsv4 import AwsCredentials, AwsV4Auth, from_profile
from bruscript.http.errors import RequestError
from bruscript.secret_managers.errors import SecretError
from bruscript.secret_managers.manager import Manager, Reading
from bruscript.secret_managers.values import read_text

_SERVICE = "secretsmanager"
# Anything else would send requests to another host.
_REGION = re.compile(r"[A-Za-z0-9-]+", re.ASCII)
_DOMAINS = {
    "cn-": "amazonaws.com.cn",
    "us-iso-": "c2s.ic.gov",
    "us-isob-": "sc2s.sgov.gov",
    "eu-isoe-": "cloud.adc-e.uk",
    "eusc-": "amazonaws.eu",
}
"""The domains of regions that are not in the common one, by how their names begin."""


class AwsSecretsManager(Manager):
    """The secrets of one region; an identifier is a secret's name or ARN."""

    _url = ""
    _auth: AwsV4Auth

    async def sign_in(self) -> None:
        """Take the access key that is given, or that of a profile; nothing is sent."""
        account = self.account
        region = account.get("REGION") or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
        if account.get("AUTH_METHOD") == "aws-cli":
            try:
                credentials, profile_region = from_profile(account.get("PROFILE_NAME") or "default")
            except RequestError as error:
                raise SecretError(error.message, hint=error.hint) from None
            region = region or profile_region
            self.exchange.learn([credentials.secret_access_key, credentials.session_token])
        else:
            why = "Or set BRUNO_AWS_SECRETS_MANAGER_AUTH_METHOD=aws-cli to use a profile of ~/.aws."
            credentials = AwsCredentials(
                account.require("ACCESS_KEY_ID", why),
                account.require("SECRET_ACCESS_KEY", why),
                account.get("SESSION_TOKEN"),
            )
        region = region or account.require("REGION", "It is the secrets' region: eu-central-1, for example.")
        if not _REGION.fullmatch(region):
            raise SecretError(
                f"{region!r} is not the name of an AWS region", hint="For example eu-central-1."
            )
        self._auth = AwsV4Auth(credentials, _SERVICE, region)
        self._url = _endpoint(region)

    async def read(self, identifier: str) -> Reading:
        """Return the current version of a secret."""
        answer = await self.exchange.json(
            "POST",
            self._url,
            {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"{_SERVICE}.GetSecretValue"},
            {"SecretId": identifier},
            auth=self._auth,
        )
        text = answer.get("SecretString")
        if not isinstance(text, str):
            raise SecretError(
                f"The secret {identifier} holds no text",
                hint="A binary secret cannot be a variable; keep it in SecretString, as text or JSON.",
            )
        return Reading(read_text(text))


def _endpoint(region: str) -> str:
    """Return the service's URL in a region, or the environment's, as AWS's own tools do."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL_SECRETS_MANAGER") or os.environ.get("AWS_ENDPOINT_URL")
    if endpoint:
        return endpoint.rstrip("/") + "/"
    domain = next((d for start, d in _DOMAINS.items() if region.startswith(start)), "amazonaws.com")
    return f"https://{_SERVICE}.{region}.{domain}/"

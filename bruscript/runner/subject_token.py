"""The token that is exchanged for another: that of another credentials id (RFC 8693)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bruscript.auth.oauth2 import Config, OAuth2Error
from bruscript.auth.oauth2.credentials import token_of

if TYPE_CHECKING:
    from bruscript.evaluate import Scopes
    from bruscript.runner.session import Session


async def with_subject_token(
    config: Config, session: Session, scopes: Scopes, timeout_ms: int, above: tuple[str, ...] = ()
) -> Config:
    """Return `config` with the token of its `subject_credentials_id`, which is fetched if need be.

    The id must be that of another configuration of the collection; of several, the one that was used in
    this iteration. Raises OAuth2Error.
    """
    subject_id = config.more.subject_credentials_id
    if config.grant_type != "token_exchange" or not subject_id or config.more.subject_token:
        return config
    above = (*above, config.credentials_id)
    if subject_id in above:
        raise OAuth2Error(
            f"OAuth 2.0: subject_credentials_id leads back to {subject_id!r}: "
            f"{' → '.join((*above, subject_id))}."
        )
    subjects = session.identities.configs(subject_id, scopes)
    if not subjects:
        raise OAuth2Error(
            f"OAuth 2.0: subject_credentials_id is {subject_id!r}, and no block of the collection has this "
            "id."
        )
    if len(subjects) > 1:
        raise OAuth2Error(
            f"OAuth 2.0: subject_credentials_id is {subject_id!r}, and blocks of the collection with this id "
            "ask for different tokens.",
            hint="Give each of them a credentials_id of its own, or first run a request that uses one.",
        )
    [subject] = subjects.values()
    base_dir = str(session.collection.path)
    subject = replace(subject, fences=config.fences, more=replace(subject.more, base_dir=base_dir))
    subject = await with_subject_token(subject, session, scopes, timeout_ms, above)
    credentials = await session.tokens.token(subject, timeout_ms)
    source = "id_token" if config.more.subject_token_type.endswith("id_token") else subject.token_source
    token = token_of(credentials, source) if credentials else None
    if token is None:
        raise OAuth2Error(f"OAuth 2.0: {subject_id!r} has no {source} that could be exchanged.")
    more = replace(
        config.more,
        subject_token=token,
        subject_token_type=config.more.subject_token_type or source,
        subject=subject.key.fingerprint,
    )
    return replace(config, more=more)

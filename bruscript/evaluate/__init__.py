"""From a request's definition to the request that is sent: inheritance, variables, templates, bodies."""

from __future__ import annotations

from bruscript.dynamic import dynamic
from bruscript.evaluate.interpolate import TemplateError, interpolate, interpolate_all
from bruscript.evaluate.merge import Effective, Scripts, merge
from bruscript.evaluate.prepare import prepare
from bruscript.evaluate.prepared import PreparedRequest
from bruscript.evaluate.prompts import prompts
from bruscript.evaluate.resolve import resolve, resolve_auth
from bruscript.evaluate.scopes import Scopes

__all__ = [
    "Effective",
    "PreparedRequest",
    "Scopes",
    "Scripts",
    "TemplateError",
    "dynamic",
    "interpolate",
    "interpolate_all",
    "merge",
    "prepare",
    "prompts",
    "resolve",
    "resolve_auth",
]

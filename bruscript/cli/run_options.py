"""The options of `bruscript run`: the reference's under their own names, and ours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from bruscript.cli.argv import LIST, OptionalNumber, normalize
from bruscript.cli.early import SCRIPT_MEMORY

AT_ONCE = 8
"""How many run at once where `--parallel` names no number."""


class Option(click.Option):
    """An option under a heading of the help; one for a FILE or DIR completes paths in the shell."""

    def __init__(self, *args: Any, section: str, **settings: Any) -> None:
        if settings.get("metavar") in ("FILE", "DIR"):
            settings.setdefault("type", click.Path(allow_dash=True))
        super().__init__(*args, **settings)
        self.section = section


class RunCommand(click.Command):
    """A command that takes the reference's spellings of options, and lists its own under headings."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does it, after the reference's spellings were made click's."""
        try:
            args = normalize(args, self.params)
        except click.UsageError as error:
            if not ctx.resilient_parsing:
                raise click.UsageError(error.message, ctx) from None
        return super().parse_args(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options under their headings."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for option in self.get_params(ctx):
            record = option.get_help_record(ctx) if isinstance(option, click.Option) else None
            if record:
                sections.setdefault(getattr(option, "section", "Help"), []).append(record)
        for heading, records in sections.items():
            with formatter.section(heading):
                formatter.write_dl(records)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples, as they are."""
        if self.epilog:
            formatter.write_paragraph()
            formatter.write(self.epilog.replace("\b\n", "") + "\n")


def _options(section: str, *declared: tuple[tuple[str, ...], dict[str, Any]]) -> list[Option]:
    return [Option(names, section=section, **settings) for names, settings in declared]


def _option(*names: str, **settings: Any) -> tuple[tuple[str, ...], dict[str, Any]]:
    return names, settings


def _flag(*names: str, help: str) -> tuple[tuple[str, ...], dict[str, Any]]:
    return names, {"is_flag": True, "help": help}


def _environments(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return the names of environments, for the shell's completion: those of the nearest collection."""
    from bruscript.collection.layout import layout_at, root_of

    root = root_of(Path.cwd())
    layout = layout_at(root) if root else None
    files = (root / "environments").glob(f"*{layout.suffix}") if root and layout else ()
    names = sorted(path.stem for path in files)
    return [name for name in names if name.startswith(incomplete)]


_RIGHTS = {
    "read": ("PATHS", "read these files or directories (comma-separated, repeatable)"),
    "write": ("PATHS", "write these files or directories"),
    "net": ("HOSTS", "reach these hosts (HOST or HOST:PORT)"),
    "env": ("NAMES", "see these environment variables"),
}


def _permissions(action: str, beginning: str) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Return one option per right; `action` is allow or deny."""
    for right, (metavar, what) in _RIGHTS.items():
        names = (f"--{action}-{right}",)
        yield names, {"multiple": True, "metavar": metavar, "help": f"{beginning} {what}."}


OPTIONS: list[Option] = [
    *_options(
        "Requests",
        _flag("-r", "--recursive", help="Run the requests of subfolders too."),
        _option(
            "--tags",
            multiple=True,
            metavar="TAGS",
            help="Run only requests with one of these tags (comma-separated, repeatable).",
        ),
        _option(
            "--exclude-tags", multiple=True, metavar="TAGS", help="Leave out requests with one of these tags."
        ),
        _flag("--tests-only", help="Run only requests that have a test or an active assertion."),
        _flag("--pass-with-no-requests", help="Succeed even if there is no request to run."),
        _flag("--bail", help="Stop after the first failure of a request, test or assertion."),
        _option("--delay", type=click.FloatRange(min=0), metavar="MS", help="Milliseconds between requests."),
        _option(
            "--retries",
            type=click.IntRange(min=0),
            default=0,
            metavar="N",
            help="Send a failed request up to N more times; one that then passes is flaky.",
        ),
        _option(
            "--retry-delay",
            type=click.FloatRange(min=0),
            default=0,
            metavar="MS",
            help="Milliseconds before a request is sent again.",
        ),
        _option(
            "--app",
            metavar="MODULE_OR_FILE:ATTRIBUTE",
            help="Send all requests to this ASGI or WSGI application, in this process.",
        ),
    ),
    *_options(
        "Environments and variables",
        _option("--env", metavar="NAME", shell_complete=_environments, help="Environment of the collection."),
        _option("--env-file", metavar="FILE", help="Environment from a file (.bru, .json or .yml)."),
        _option(
            "--env-var", multiple=True, metavar="NAME=VALUE", help="Set an environment variable (repeatable)."
        ),
        _option("--global-env", metavar="NAME", help="Global environment of the workspace."),
        _option(
            "--global-env-var",
            multiple=True,
            metavar="NAME=VALUE",
            help="Set a variable of the global environment (repeatable).",
        ),
        _option(
            "--workspace-path",
            metavar="DIR",
            help="Directory with workspace.yml (default: the nearest above the collection).",
        ),
        _option(
            "--secrets-env-file",
            metavar="FILE",
            help="Account (BRUNO_… settings) for the secret managers that the environment names.",
        ),
        _option(
            "--mask",
            multiple=True,
            metavar="NAME",
            help="Mask the value of this variable in all output (comma-separated, repeatable).",
        ),
        _option(
            "--no-mask",
            multiple=True,
            metavar="NAME",
            help="Show the value of this variable, although it is or looks like a secret.",
        ),
        _option(
            "--prompt", multiple=True, metavar="NAME=VALUE", help="Answer a prompt {{?NAME}} (repeatable)."
        ),
        _flag("--strict-variables", help="Do not send requests that use a variable that is not set."),
        _flag("--no-persist", help="Do not write variables that scripts set back to the collection's files."),
    ),
    *_options(
        "Iterations",
        _option("--csv-file-path", metavar="FILE", help="Run once for each row of a CSV file."),
        _option("--json-file-path", metavar="FILE", help="Run once for each object of a JSON file."),
        _option("--iteration-count", type=click.IntRange(min=1), metavar="N", help="How often to run."),
        _option(
            "--parallel",
            type=OptionalNumber(AT_ONCE),
            metavar="[N]",
            help=f"Run N iterations (or, where no script jumps, requests) at once; N defaults to {AT_ONCE}.",
        ),
    ),
    *_options(
        "Scripts",
        _option(
            "--sandbox",
            type=click.Choice(["safe", "developer"]),
            default="safe",
            show_default=True,
            help="What scripts may do.",
        ),
        _option(
            "--script-timeout",
            type=click.FloatRange(min=0, min_open=True),
            default=30.0,
            show_default=True,
            metavar="SECONDS",
            help="Time limit of a script.",
        ),
        _option(
            "--script-memory",
            type=click.IntRange(min=8),
            default=SCRIPT_MEMORY,
            show_default=True,
            metavar="MIB",
            help="Memory limit of a script.",
        ),
        _option(
            "--isolation",
            type=click.Choice(["process", "thread"]),
            default="process",
            show_default=True,
            help="Where scripts run; thread is for scripts that you trust.",
        ),
        *_permissions("allow", "Let scripts"),
        *_permissions("deny", "Never let scripts"),
    ),
    *_options(
        "Connections",
        _flag("--insecure", help="Do not verify the certificates of servers."),
        _option("--cacert", metavar="FILE", help="CA certificates to trust, in addition to the system's."),
        _flag("--ignore-truststore", help="Trust only the certificates of --cacert."),
        _option("--client-cert-config", metavar="FILE", help="JSON file with client certificates."),
        _flag("--noproxy", help="Use no proxy, neither the collection's nor the system's."),
        _flag("--disable-cookies", help="Neither keep nor send cookies."),
        _flag("--http2", help="Use HTTP/2 with servers that support it."),
        _flag("--cache-ssl-session", help="Accepted for compatibility: connections are always reused."),
    ),
    *_options(
        "OAuth 2.0",
        _flag("--retry-unauthorized", help="On a 401, get a new token and send the request once more."),
        _option(
            "--token-store",
            metavar="FILE",
            help="Keep tokens in this file between runs, or in the system's keychain (keyring:NAME).",
        ),
        _option(
            "--oauth2-timeout",
            type=click.FloatRange(min=0, min_open=True),
            default=120.0,
            show_default=True,
            metavar="SECONDS",
            help="How long to wait for a sign-in in the browser.",
        ),
    ),
    *_options(
        "Reports (- writes to the standard output)",
        _option("--reporter-json", metavar="FILE", help="JSON report."),
        _option("--reporter-junit", metavar="FILE", help="JUnit report."),
        _option("--reporter-html", metavar="FILE", help="HTML report: one self-contained page."),
        _option(
            "--reporter-ndjson", metavar="FILE", help="One JSON object per line and event, as it happens."
        ),
        _option("--reporter-har", metavar="FILE", help="HTTP archive of the requests and responses."),
        _option("--reporter-allure", metavar="DIR", help="Results for Allure (bruscript[allure])."),
        _flag(
            "--reporter-github",
            help="GitHub annotations for failures, on the standard output, and the job's summary.",
        ),
        _option(
            "--reporter",
            multiple=True,
            metavar="NAME[=TARGET]",
            help="Your own reporter, MODULE_OR_FILE:CLASS, or one from an installed package (repeatable).",
        ),
        _option("-o", "--output", metavar="FILE", help="Report in the format that --format names."),
        _option("-f", "--format", "format_", help="Format of --output: json (the default), junit or html."),
        _flag("--reporter-skip-all-headers", help="Leave headers out of reports."),
        _option(
            "--reporter-skip-headers",
            multiple=True,
            type=LIST,
            metavar="NAMES",
            help="Leave these headers out of reports.",
        ),
        _flag("--reporter-skip-request-body", help="Leave request bodies out of reports."),
        _flag("--reporter-skip-response-body", help="Leave response bodies out of reports."),
        _flag("--reporter-skip-body", help="Leave all bodies out of reports."),
    ),
    *_options(
        "Terminal",
        _option(
            "-v",
            "--verbose",
            count=True,
            help="Show URLs, timings and fetched tokens; -vv all headers and bodies too (masked).",
        ),
        _flag("-q", "--quiet", help="Show only failures and a one-line summary."),
    ),
]
"""In the order of the help."""

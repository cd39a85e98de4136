"""The options of `bruscript run`: those of `RunOptions`, and those that only the command has."""

from __future__ import annotations

from dataclasses import Field, fields
from pathlib import Path
from typing import Any

import click

from bruscript.cli.argv import LIST, OptionalNumber, normalize
from bruscript.option_names import LETTERS, spelling_of
from bruscript.runner.options import AT_ONCE, CHOICES, RunOptions


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
        options = self.get_params(ctx)
        without = [each for each in options if getattr(each, "section", None) is None]
        # Alone, `--help` needs no heading that promises more. Arguments have no record, and do not count.
        others = "Options" if sum(isinstance(each, click.Option) for each in without) > 1 else "Help"
        for option in options:
            record = option.get_help_record(ctx) if isinstance(option, click.Option) else None
            if record:
                sections.setdefault(getattr(option, "section", others), []).append(record)
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


def parameter_of(name: str) -> str:
    """Return the name under which click passes the run option `name`."""
    return spelling_of(name).removeprefix("--").replace("-", "_")


def _click_option(declared: Field[Any]) -> Option:
    """Return the command's form of a field of `RunOptions`."""
    kind, name = str(declared.type), declared.name
    least, above = declared.metadata["least"], declared.metadata["above"]
    settings: dict[str, Any] = {"help": declared.metadata["help"], "metavar": declared.metadata["metavar"]}
    if name in _SETTINGS:
        settings |= _SETTINGS[name]
    elif kind == "bool":
        settings |= {"is_flag": True}
    elif kind in CHOICES:
        settings |= {"type": click.Choice(CHOICES[kind]), "default": declared.default, "show_default": True}
    elif kind in ("int", "float"):
        number = click.IntRange if kind == "int" else click.FloatRange
        limit = least if above is None else above
        settings |= {"type": number(min=limit, min_open=above is not None), "default": declared.default}
        # A default of one run, or of no retries, needs no mention.
        settings |= {"show_default": declared.default not in (0, 1)}
    elif kind.startswith(("tuple", "Mapping")):
        settings |= {"multiple": True}
    names = [LETTERS[name]] if name in LETTERS else []
    return Option([*names, spelling_of(name)], section=declared.metadata["section"], **settings)


_SETTINGS: dict[str, dict[str, Any]] = {
    "env": {"shell_complete": _environments},
    "parallel": {"type": OptionalNumber(AT_ONCE)},
    "verbose": {"count": True},
}
"""The options that are more on the command line than a value of their type."""
_RUN_OPTIONS = [_click_option(each) for each in fields(RunOptions) if each.metadata]


OPTIONS: list[Option] = [
    *(option for option in _RUN_OPTIONS if option.section != "Terminal"),
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
    *(option for option in _RUN_OPTIONS if option.section == "Terminal"),
    *_options(
        "Terminal",
        _flag("-q", "--quiet", help="Show only failures and a one-line summary."),
    ),
]
"""In the order of the help."""

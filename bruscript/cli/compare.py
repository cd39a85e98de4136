"""`bruscript compare`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bruscript.collection.layout import layout_at
from bruscript.comparison.reports import Difference, compare
from bruscript.errors import InvalidFileError, PathNotFoundError
from bruscript.report.style import Style

if TYPE_CHECKING:
    from bruscript.comparison.deliberate import Rule
    from bruscript.comparison.reference import Runs

EXAMPLES = """\b
Examples:
  bruscript compare before.json after.json
  bruscript compare --reference shop --env ci --sandbox developer
  bruscript compare --reference shop --wire --env ci       what was sent, too
  bruscript compare --reference shop --wire --stub         without its servers
"""

_OWN = ("reference", "bru", "messages", "wire", "stub")


class CompareCommand(click.Command):
    """A command that takes its own options and leaves those of `run` as they are."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does it, all but our own options behind a `--`."""
        own: list[str] = []
        others: list[str] = []
        words = iter(args)
        for word in words:
            name, equals, _ = word.partition("=")
            option = next((p for p in self.params if name in p.opts), None)
            if option is None and name not in ctx.help_option_names:
                others.append(word)
                continue
            own.append(word)
            if isinstance(option, click.Option) and not option.is_flag and not equals:
                own.extend([value] if (value := next(words, None)) is not None else [])
        if not any(word.partition("=")[0] == "--reference" for word in own):
            return super().parse_args(ctx, args)
        return super().parse_args(ctx, [*own, "--", *others])


@click.command(cls=CompareCommand, epilog=EXAMPLES)
@click.argument("arguments", nargs=-1, metavar="A.json B.json | [RUN OPTIONS]")
@click.option(
    "--reference",
    metavar="COLLECTION",
    type=click.Path(),
    help="Run Bruno's command and bruscript, each on its own copy of this collection, with the options of "
    "`run` that are given.",
)
@click.option(
    "--bru", metavar="COMMAND", help="Bruno's command (default: bru, from the path or node_modules)."
)
@click.option("--messages", is_flag=True, help="Compare the words of errors and failures too.")
@click.option(
    "--wire",
    is_flag=True,
    help="Compare what was sent too: both runs go through a recording proxy on loopback.",
)
@click.option(
    "--stub",
    is_flag=True,
    help="Answer every URL with the same JSON; no server is reached.",
)
def command(
    arguments: tuple[str, ...], reference: str | None, bru: str | None, messages: bool, wire: bool, stub: bool
) -> int:
    """Show what differs between two JSON reports, or between Bruno's command and bruscript.

    Reports are those of bruscript or of Bruno; requests, tests and assertions are compared, not times, ids
    and bodies. With --reference, differences on purpose are marked with their row of docs/differences.md.
    The exit status is 0 where nothing else differs, else 1.
    """
    if reference:
        root = Path(reference)
        runs = _run_both(root, bru, arguments, wire=wire, stub=stub)
        differences = _compare(runs.theirs.report, runs.ours.report, messages)
        return _show_reference(root, runs, differences)
    if wire or stub or len(arguments) != 2:
        raise click.UsageError("Give two JSON reports, or --reference COLLECTION.")
    from bruscript.comparison.reference import read_report

    left, right = (read_report(Path(path)) for path in arguments)
    differences = _compare(left, right, messages)
    _show([(difference, None) for difference in differences], (arguments[0], arguments[1]))
    return 1 if differences else 0


def _compare(left: Any, right: Any, messages: bool) -> list[Difference]:
    try:
        return list(compare(left, right, messages=messages))
    except ValueError as error:
        raise InvalidFileError(f"Not a JSON report of a run: {error}") from None


def _run_both(collection: Path, bru: str | None, arguments: Sequence[str], *, wire: bool, stub: bool) -> Runs:
    from bruscript.cli.reference_options import run_options
    from bruscript.comparison.reference import Setting, find_bru, run_both

    if layout_at(collection) is None:
        raise PathNotFoundError(
            f"{collection} is not the root of a collection: it has no bruno.json or opencollection.yml"
        )
    options, given = run_options(collection, arguments, proxied=wire or stub)
    return run_both(
        Setting(
            collection,
            find_bru(collection, bru),
            options.theirs,
            options.ours,
            options.beside,
            wire=wire,
            stub=stub,
            cacert=given["cacert"],
            ignore_truststore=given["ignore_truststore"],
            insecure=given["insecure"],
        )
    )


def _show_reference(collection: Path, runs: Runs, differences: list[Difference]) -> int:
    from bruscript.comparison.deliberate import rule_for
    from bruscript.comparison.secrets import mask_of
    from bruscript.comparison.wire import compare_wire, sent

    if runs.again is not None:
        theirs, ours, again = (sent(run.arrivals, run.report) for run in (runs.theirs, runs.ours, runs.again))
        differences += compare_wire(theirs, ours, again)
    mask = mask_of([*runs.theirs.arrivals, *runs.ours.arrivals])
    judged = [(difference, rule_for(difference, collection)) for difference in differences]
    _show([(difference.masked(mask.mask), rule) for difference, rule in judged], ("bru", "bruscript"))
    return 1 if any(rule is None for _, rule in judged) else 0


def _show(differences: Sequence[tuple[Difference, Rule | None]], names: tuple[str, str]) -> None:
    style = Style.of(sys.stdout)
    if not differences:
        click.echo(style.green("No difference."))
        return
    size = max(map(len, names))
    request = None
    for difference, rule in differences:
        if difference.request != request:
            request = difference.request
            click.echo(style.bold(request or "The run"))
        click.echo(f"  {difference.what}")
        colors = (style.red, style.green) if rule is None else (str, str)
        click.echo(colors[0](f"    {names[0]:<{size}}  {difference.left}"))
        click.echo(colors[1](f"    {names[1]:<{size}}  {difference.right}"))
        if rule is not None:
            click.echo(style.dim(f"    on purpose: {rule}"))
    deliberate = sum(rule is not None for _, rule in differences)
    others = len(differences) - deliberate
    counted = f"{others or 'No'} difference{'' if others == 1 else 's'}"
    click.echo(f"\n{counted}{f', and {deliberate} on purpose' if deliberate else ''}.")

"""`bruscript compare`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bruscript.collection.layout import layout_at
from bruscript.comparison.reports import Difference, compare
from bruscript.errors import InvalidFileError, PathNotFoundError
from bruscript.report.style import Style
from bruscript.terminal import printable

if TYPE_CHECKING:
    from bruscript.comparison.deliberate import Judged
    from bruscript.comparison.reference import Runs

EXAMPLES = """\b
Examples:
  bruscript compare before.json after.json
  bruscript compare --reference shop --env ci --sandbox developer
  bruscript compare --reference shop --wire --env ci       what was sent, too
  bruscript compare --reference shop --wire --stub         without its servers
"""


class CompareCommand(click.Command):
    """A command that takes its own options and passes on those of `run`."""

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
    "`run`.",
)
@click.option(
    "--bru", metavar="COMMAND", help="Bruno's command (default: bru, from the path or node_modules)."
)
@click.option("--messages", is_flag=True, help="Compare the messages of errors and failures too.")
@click.option(
    "--wire",
    is_flag=True,
    help="Compare what was sent too: both runs go through a recording proxy on loopback, without the "
    "collection's own proxy, client certificates and HTTP/2.",
)
@click.option(
    "--stub",
    is_flag=True,
    help="Answer every URL with the same JSON; no server is reached.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    default=1800,
    help="End a run that takes longer (default: 1800); both runs, and with --wire a third, have this limit.",
)
def command(
    arguments: tuple[str, ...],
    reference: str | None,
    bru: str | None,
    messages: bool,
    wire: bool,
    stub: bool,
    timeout: float,
) -> int:
    """Show what differs between two JSON reports, or between Bruno's command and bruscript.

    Reports may be bruscript's or Bruno's. Requests, tests and assertions are compared, not times, ids and
    bodies. With --reference, differences on purpose are marked with their row of docs/differences.md. The
    exit status is 0 if nothing else differs, else 1.
    """
    if reference:
        root = Path(reference)
        runs = _run_both(root, bru, arguments, wire=wire, stub=stub, limit=timeout)
        runs, renamed = _with_names(root, runs)
        differences = renamed + _compare(runs.theirs.report, runs.ours.report, messages)
        return _show_reference(root, runs, differences)
    if wire or stub or len(arguments) != 2:
        raise click.UsageError("Give two JSON reports, or --reference COLLECTION.")
    from bruscript.comparison.deliberate import Judged
    from bruscript.comparison.reference import read_report

    left, right = (read_report(Path(path)) for path in arguments)
    differences = _compare(left, right, messages)
    _show([Judged(difference) for difference in differences], (arguments[0], arguments[1]))
    return 1 if differences else 0


def _compare(left: Any, right: Any, messages: bool) -> list[Difference]:
    try:
        return list(compare(left, right, messages=messages))
    except ValueError as error:
        raise InvalidFileError(f"Not a JSON report of a run: {error}") from None


def _with_names(root: Path, runs: Runs) -> tuple[Runs, list[Difference]]:
    """Give names in which the reference masks words of `.env` back to its reports."""
    from bruscript.collection.dotenv import read_dotenv
    from bruscript.comparison.masked_names import restored

    words = read_dotenv(root / ".env").values()
    report, differences = restored(runs.theirs.report, runs.ours.report, words)
    return replace(runs, theirs=replace(runs.theirs, report=report)), differences


def _run_both(
    collection: Path, bru: str | None, arguments: Sequence[str], *, wire: bool, stub: bool, limit: float
) -> Runs:
    from bruscript.cli.reference_options import run_options
    from bruscript.comparison.reference import Setting, find_bru, run_both

    if layout_at(collection) is None:
        raise PathNotFoundError(
            f"{collection} is not the root of a collection: it has no bruno.json or opencollection.yml"
        )
    options, own_arguments = run_options(collection, arguments, proxied=wire or stub)
    return run_both(
        Setting(
            collection,
            find_bru(collection, bru),
            options.theirs,
            options.ours,
            options.beside,
            wire=wire,
            stub=stub,
            cacert=own_arguments["cacert"],
            ignore_truststore=own_arguments["ignore_truststore"],
            insecure=own_arguments["insecure"],
            limit=limit,
        )
    )


def _show_reference(root: Path, runs: Runs, differences: list[Difference]) -> int:
    from bruscript.collection import load
    from bruscript.comparison.deliberate import judge
    from bruscript.comparison.secrets import mask_of
    from bruscript.comparison.wire import compare_wire, sent

    if runs.again is not None:
        theirs, ours, again = (
            sent(run.exchanges, run.report) for run in (runs.theirs, runs.ours, runs.again)
        )
        differences += compare_wire(theirs, ours, again)
    mask = mask_of(arrival for run in (runs.theirs, runs.ours) for arrival, _ in run.exchanges)
    judged = judge(differences, load(root), runs.theirs.report) if differences else []
    masked_items = [replace(item, difference=item.difference.masked(mask.mask)) for item in judged]
    _show(masked_items, ("bru", "bruscript"))
    return 1 if any(item.rule is None for item in judged) else 0


def _show(judged: Sequence[Judged], names: tuple[str, str]) -> None:
    style = Style.of(sys.stdout)
    if not judged:
        click.echo(style.green("No difference."))
        return
    size = max(map(len, names))
    request = None
    for item in judged:
        difference, rule = item.difference, item.rule
        if difference.request != request:
            request = difference.request
            click.echo(style.bold(request or "The run"))
        click.echo(f"  {difference.what}")
        sides = [
            f"    {name:<{size}}  {_indented(side, size)}"
            for name, side in zip(names, (difference.left, difference.right), strict=True)
        ]
        if rule is None:
            click.echo(style.red(sides[0]))
            click.echo(style.green(sides[1]))
        else:
            click.echo("\n".join(sides))
            click.echo(style.dim(f"    {'follows from' if item.follows else 'on purpose'}: {rule}"))
    deliberate = sum(item.rule is not None for item in judged)
    others = len(judged) - deliberate
    counted = f"{others or 'No'}{' other' if deliberate else ''} difference{'' if others == 1 else 's'}"
    click.echo(f"\n{f'{deliberate} on purpose. ' if deliberate else ''}{counted}.")


def _indented(text: str, size: int) -> str:
    text = printable(text)
    return text.replace("\n", "\n" + " " * (size + 6))

"""The command `bruscript` itself, and how it finds its subcommands."""

from __future__ import annotations

from importlib import import_module

import click

from bruscript._version import __version__
from bruscript.near import near_word

COMMANDS = {
    "run": ("bruscript.cli.run", "Run requests, folders or a whole collection."),
    "send": ("bruscript.cli.send", "Send one request and print the response's body."),
    "curl": ("bruscript.cli.curl", "Print a request as a curl command."),
    "list": ("bruscript.cli.listing", "Show what would run, in order, and each request's auth."),
    "env": ("bruscript.cli.env", "Show an environment's variables and where each comes from."),
    "init": ("bruscript.cli.init", "Create a first collection."),
    "import": ("bruscript.cli.importing", "Make a collection from OpenAPI, WSDL, Postman or Insomnia."),
    "convert": ("bruscript.cli.convert", "Write a collection in the other format."),
    "compare": ("bruscript.cli.compare", "Show what differs between two reports, or from Bruno's command."),
    "parse": ("bruscript.cli.parse", "Print .bru and .yml files as JSON."),
    "fmt": ("bruscript.cli.fmt", "Rewrite .bru and .yml files in their canonical form."),
    "check": ("bruscript.cli.check", "Find mistakes in .bru and .yml files."),
    "auth": ("bruscript.cli.auth", "Manage stored OAuth 2.0 tokens."),
    "completion": ("bruscript.cli.completion", "Print the completion script of a shell."),
}
"""Every subcommand: the module that holds it, under the name `command`, and its line in the help."""


class Commands(click.Group):
    """A group that imports a subcommand's module only when the subcommand is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all subcommands, the most used first."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the subcommand `cmd_name`, or None."""
        if cmd_name not in COMMANDS:
            return None
        command = import_module(COMMANDS[cmd_name][0]).command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it; an unknown name's error names the nearest known one."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in COMMANDS:
            near = near_word(name, COMMANDS)
            hint = f" Did you mean {near!r}?" if near else f" Known commands: {', '.join(COMMANDS)}."
            ctx.fail(f"No such command {name!r}.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the subcommands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_text) for name, (_, help_text) in COMMANDS.items()])


@click.command(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="bruscript COMMAND --help shows a command's options and examples.",
)
@click.version_option(__version__, "--version", message="%(version)s")
def cli() -> None:
    """Run Bruno collections: requests, scripts, OAuth 2.0 and reports, without Node."""

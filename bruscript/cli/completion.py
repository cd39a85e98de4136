"""`bruscript completion`."""

from __future__ import annotations

import click

EXAMPLES = """\b
Examples:
  bruscript completion bash >> ~/.bashrc
  bruscript completion zsh >> ~/.zshrc
  bruscript completion fish > ~/.config/fish/completions/bruscript.fish
"""


@click.command(epilog=EXAMPLES)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> int:
    """Print the script that completes commands, options, files and environments in SHELL."""
    from click.shell_completion import get_completion_class

    from bruscript.cli.root import cli

    completion = get_completion_class(shell)
    assert completion is not None
    click.echo(completion(cli, {}, "bruscript", "_BRUSCRIPT_COMPLETE").source())
    return 0

"""The prompts of a run, `{{?name}}`: each is answered once."""

from __future__ import annotations

from collections.abc import Iterator
from types import NoneType
from typing import TYPE_CHECKING

from bruscript.errors import BruscriptError
from bruscript.evaluate.prompts import questions
from bruscript.lang.choices import nearest

if TYPE_CHECKING:
    from bruscript.evaluate import PreparedRequest, Scopes
    from bruscript.evaluate.prompts import Question
    from bruscript.runner.options import RunOptions
    from bruscript.runner.secrets import RunSecrets


class Prompts:
    """Answers prompts by the options of a run; `secrets` learns the answers that are named like one."""

    def __init__(self, options: RunOptions, secrets: RunSecrets) -> None:
        self._given = options.prompts
        self._ask = options.prompt
        self._secrets = secrets
        self._answers: dict[str, str | None] = dict(options.prompts)
        self._asked: set[str] = set()
        self.unanswered: dict[str, None] = {}
        """The names of those that nobody has answered, in order."""

    def fill_in(self, prepared: PreparedRequest, scopes: Scopes) -> list[Question]:
        """Set the variables that answer the request's prompts; return those without an answer."""
        missing = []
        for prompt, question in questions(prepared, scopes):
            answer = self.answer(prompt, question)
            if answer is None:
                missing.append(question)
            else:
                scopes.prompt[prompt] = scopes.prompt[question] = answer
        return missing

    def answer(self, prompt: str, question: Question) -> str | None:
        """Return the answer to a prompt, else its default; None without either.

        `prompt` is its text, by which an option may answer it too.
        """
        self._asked.update((prompt, question))
        answer = self._answers.get(prompt)
        if answer is None:
            if question not in self._answers:
                self._answers[question] = answer = self._ask(question) if self._ask else None
                if not isinstance(answer, (str, NoneType)):
                    raise BruscriptError(f"prompt must return a text or None, not {type(answer).__name__}")
            answer = self._answers[question]
        if answer is None:
            answer = question.default
        if answer is None:
            self.unanswered[question] = None
        else:
            self._secrets.learn_named({question: answer}, "a prompt")
        return answer

    def unused(self) -> Iterator[str]:
        """Yield a warning for each answer that no request asked for."""
        for name in self._given:
            if name not in self._asked:
                hint = nearest(name, sorted(self._asked))
                text = f"The answer to the prompt {name!r} was not used: no request asked for it{hint}"
                yield text if hint else f"{text}."

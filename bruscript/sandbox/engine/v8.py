"""V8 through mini-racer's C interface: contexts, tasks, callbacks, shared memory.

This is the only module that uses mini-racer's internals; hence its pinned minor version. The C interface is
used without mini-racer's Python layer because that needs an event loop, takes four times as long to import,
and 0.2 ms a call where this takes 0.02.
"""

from __future__ import annotations

import ctypes
import os
import queue
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_INTEGER, _DOUBLE, _BOOL, _STRING, _UNDEFINED, _SHARED_MEMORY = 3, 4, 2, 5, 11, 101
_FIRST_ERROR, _PARSE_ERROR, _OUT_OF_MEMORY, _TERMINATED = 200, 201, 202, 204
_RESULT, _NOTIFICATION, _STARTED, _FIRST, _LAST = 1, 2, 3, 4, 5
_FLAGS = ("--single-threaded", "--no-memory-protection-keys")
"""Each isolate has one thread, and any thread may make an isolate. With memory protection keys (`pku` in
/proc/cpuinfo) only the thread that initialised V8, and those it starts afterwards, may use V8's tables: an
isolate made by another thread ends the process by SIGSEGV.
"""

_making = threading.Lock()
"""The first isolate makes what all share, and V8 ends the process if another thread makes one meanwhile."""

_RECHECK = object()
"""Among the results: how long to wait for the next one may have changed."""

_PARTING = 0.05
"""Seconds that V8's thread has to take its leave, which it cannot while a script holds it."""


class V8Error(Exception):
    """V8 rejected a text, or a call ended by an exception; the message is V8's own."""


class V8MemoryError(V8Error):
    """The heap's hard limit ended the task."""


class V8Timeout(V8Error):
    """A task did not end in its time. The context can only be closed."""


class _Value(ctypes.Union):
    _fields_ = (
        ("pointer", ctypes.c_void_p),
        ("bytes", ctypes.POINTER(ctypes.c_char)),
        ("integer", ctypes.c_int64),
        ("double", ctypes.c_double),
    )


class _Record(ctypes.Structure):
    _pack_ = 1
    # Python 3.14 wants the layout named where fields are packed.
    _layout_ = "ms"
    _fields_ = (("value", _Value), ("length", ctypes.c_size_t), ("type", ctypes.c_uint8))


_Handle = ctypes.POINTER(_Record)
_Callback = ctypes.CFUNCTYPE(None, ctypes.c_uint64, _Handle)
_ID = ctypes.c_uint64
_SIGNATURES: dict[str, tuple[list[Any], Any]] = {
    "mr_init_v8": ([ctypes.c_char_p, ctypes.c_char_p], None),
    "mr_init_context": ([_Callback], _ID),
    "mr_free_context": ([_ID], None),
    "mr_eval": ([_ID, _Handle, _ID], _ID),
    "mr_call_function": ([_ID, _Handle, _Handle, _Handle, _ID], _ID),
    "mr_cancel_task": ([_ID, _ID], None),
    "mr_make_js_callback": ([_ID, _ID], _Handle),
    "mr_free_value": ([_ID, _Handle], None),
    "mr_alloc_int_val": ([_ID, ctypes.c_int64, ctypes.c_uint8], _Handle),
    "mr_alloc_string_val": ([_ID, ctypes.c_char_p, _ID, ctypes.c_uint8], _Handle),
    "mr_array_push": ([_ID, _Handle, _Handle], _Handle),
    "mr_get_object_item": ([_ID, _Handle, _Handle], _Handle),
    "mr_set_hard_memory_limit": ([_ID, ctypes.c_size_t], None),
    "mr_hard_memory_limit_reached": ([_ID], ctypes.c_bool),
    "mr_set_soft_memory_limit": ([_ID, ctypes.c_size_t], None),
    "mr_soft_memory_limit_reached": ([_ID], ctypes.c_bool),
    "mr_low_memory_notification": ([_ID], None),
}


class V8:
    """The library, loaded and initialised once per process.

    Takes mini-racer's package directory. With `flags`, more flags for V8, it is initialised here, for a
    process of our own; without, by mini-racer itself, so that others in the process may use it too. If one of
    them has initialised it already, V8 keeps the flags it got then.
    """

    def __init__(self, directory: str, flags: str | None = None) -> None:
        name = {"darwin": "libmini_racer.dylib", "win32": "mini_racer.dll"}.get(
            sys.platform, "libmini_racer.so"
        )
        self.own_process = flags is not None
        """Whether the process is a sandbox worker."""
        if flags is None:
            from py_mini_racer import init_mini_racer

            init_mini_racer(flags=_FLAGS, ignore_duplicate_init=True)
        self.calls: Any = ctypes.CDLL(f"{directory}/{name}")
        for function, (arguments, result) in _SIGNATURES.items():
            entry = getattr(self.calls, function)
            entry.argtypes, entry.restype = arguments, result
        if flags is not None:
            self.calls.mr_init_v8(" ".join((*_FLAGS, flags)).encode(), f"{directory}/icudtl.dat".encode())


class Context:
    """One isolate with its thread. Used by one thread at a time.

    `notified` is called, on V8's own thread, whenever JavaScript calls the function that `boot` gave it; V8
    waits until it returns. It must neither raise nor touch the context.
    """

    def __init__(self, v8: V8, notified: Callable[[], None]) -> None:
        self._calls = v8.calls
        self._results: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._notified = notified
        self._open = True
        self._owner = os.getpid()
        self._reading = threading.Lock()
        self._callback = _Callback(self._called_back)
        with _making:
            self._context: int = self._calls.mr_init_context(self._callback)
        self._undefined = self._calls.mr_alloc_int_val(self._context, 0, _UNDEFINED)
        self._known = v8.own_process
        if self._known:
            self._notify_thread(_FIRST, None)
        self._nothing = self._evaluate("[]")

    def _called_back(self, ident: int, handle: Any) -> None:
        if ident == _FIRST:
            ctypes.pythonapi.PyGILState_Ensure()
        elif ident == _LAST:
            ctypes.pythonapi.PyGILState_Release(0)
        if ident in (_FIRST, _LAST, _RESULT) or (ident == _STARTED and handle.contents.type >= _FIRST_ERROR):
            self._results.put(handle)
            return
        self._calls.mr_free_value(self._context, handle)
        if ident == _NOTIFICATION:
            self._notified()

    def _notify_thread(self, ident: int, patience: float | None) -> None:
        """Have Python keep its state for V8's thread from here on (`_FIRST`), or let go of it (`_LAST`).

        Otherwise it makes that state anew for each callback, at the cost of a system call or four. Takes how
        many seconds to wait for it; what comes too late would be taken for the result of the next call.
        """
        self._calls.mr_eval(self._context, self._text(b"0"), ident)
        with suppress(queue.Empty):
            self._calls.mr_free_value(self._context, self._results.get(timeout=patience))

    def limit_heap(self, size: int, much: int) -> None:
        """End tasks by V8MemoryError as soon as the heap has more than `size` bytes after a collection.

        More than `much` bytes make it `crowded`.
        """
        self._calls.mr_set_hard_memory_limit(self._context, size)
        self._calls.mr_set_soft_memory_limit(self._context, much)

    @property
    def limit_reached(self) -> bool:
        """Whether the heap's limit has ended a task, or the microtasks behind one."""
        return bool(self._calls.mr_hard_memory_limit_reached(self._context))

    @property
    def crowded(self) -> bool:
        """Whether the last collection has left much in the heap."""
        return bool(self._calls.mr_soft_memory_limit_reached(self._context))

    def boot(self, program: str, text: str) -> tuple[memoryview, list[Any]]:
        """Evaluate `program`, a function, and call it with the notifying function and `text`.

        Gives what it returns: the shared memory, and handles of functions for `call`.
        """
        function = self._evaluate(program)
        arguments = self._evaluate("[]")
        notify = self._calls.mr_make_js_callback(self._context, _NOTIFICATION)
        for value in (notify, self._text(text.encode())):
            self._calls.mr_free_value(
                self._context, self._calls.mr_array_push(self._context, arguments, value)
            )
        result = self._run(self._calls.mr_call_function, function, self._undefined, arguments)
        shared = self._item(result, 0).contents
        if shared.type != _SHARED_MEMORY:
            raise V8Error("the isolate gave no shared memory")
        block = (ctypes.c_ubyte * shared.length).from_address(shared.value.pointer)
        return memoryview(block).cast("B"), [self._item(result, at) for at in range(1, 6)]

    def call(
        self,
        function: Any,
        text: bytes | None = None,
        timeout: float | None = None,
        more: Callable[[], float] | None = None,
    ) -> float:
        """Call a function of `boot` with `text` (UTF-8) as its `this`; gives the number or boolean it
        returns.

        Raises V8Timeout after `timeout` seconds and those that `more` then gives (it is asked by `recheck`,
        too), V8MemoryError, V8Error.
        Microtasks run after it has returned, before the next call begins.
        """
        this = self._undefined if text is None else self._text(text)
        try:
            result = self._run(
                self._calls.mr_call_function, function, this, self._nothing, timeout=timeout, more=more
            )
        finally:
            if text is not None:
                self._calls.mr_free_value(self._context, this)
        with self._reading:
            self._check_open()
            record = result.contents
            value: float = record.value.double if record.type == _DOUBLE else record.value.integer
            if record.type not in (_INTEGER, _DOUBLE, _BOOL):
                value = 0
            self._calls.mr_free_value(self._context, result)
        return value

    def call_in_turn(self, functions: Sequence[Any], text: bytes, left: Callable[[], float]) -> float:
        """Call `functions`, the first with `text` as its `this`; gives what the last one returns.

        Microtasks run between them. V8's thread does it all in one go: to wait for each call costs two
        changes of threads. `left` returns the remaining seconds, and is asked again when they are
        over. What `call` raises for any of them is raised, and then the context can only be closed.
        """
        this = self._text(text)
        try:
            self._check_open()
            argument = this
            for function in functions[:-1]:
                self._calls.mr_call_function(self._context, function, argument, self._nothing, _STARTED)
                argument = self._undefined
            return self.call(functions[-1], None, left(), left)
        finally:
            self._calls.mr_free_value(self._context, this)

    def recheck(self) -> None:
        """Have whoever waits for V8 ask again how long. From V8's thread."""
        self._results.put(_RECHECK)

    def close(self) -> None:
        """Free the context, whatever runs in it, from any thread; a call that waits ends by a V8Error."""
        with self._reading:
            if not self._open:
                return
            self._open = False
        if self._known:
            self._notify_thread(_LAST, _PARTING)
        # Freeing it waits for what V8 cannot interrupt; nobody else has to.
        self._results.put(None)
        self._calls.mr_free_context(self._context)

    def __del__(self) -> None:
        # V8's thread is not there after a fork, and not to be waited for at the interpreter's end.
        with suppress(AttributeError):
            if self._owner == os.getpid() and not sys.is_finalizing():
                self.close()

    def _check_open(self) -> None:
        # Results are in the context's memory: once it is freed they must not be looked at.
        if not self._open:
            raise V8Error("the context was closed")

    def _evaluate(self, program: str) -> Any:
        return self._run(self._calls.mr_eval, self._text(program.encode()))

    def _text(self, text: bytes) -> Any:
        return self._calls.mr_alloc_string_val(self._context, text, len(text), _STRING)

    def _item(self, handle: Any, index: int) -> Any:
        key = self._calls.mr_alloc_int_val(self._context, index, _INTEGER)
        return self._calls.mr_get_object_item(self._context, handle, key)

    def _run(
        self,
        method: Any,
        *arguments: Any,
        timeout: float | None = None,
        more: Callable[[], float] | None = None,
    ) -> Any:
        self._check_open()
        method(self._context, *arguments, _RESULT)
        while True:
            try:
                result = self._results.get(timeout=timeout)
            except queue.Empty:
                timeout = more() if more else 0
                if timeout <= 0:
                    raise V8Timeout("the script ran longer than its limit") from None
                continue
            if result is not _RECHECK:
                break
            timeout = more() if more else timeout
        with self._reading:
            self._check_open()
            record = result.contents
            if record.type < _FIRST_ERROR:
                return result
            message = ctypes.string_at(record.value.bytes, record.length).decode("utf-8", "replace")
            kind = record.type
            self._calls.mr_free_value(self._context, result)
        if kind == _OUT_OF_MEMORY or (kind == _TERMINATED and self.limit_reached):
            raise V8MemoryError(message)
        raise V8Error(message)

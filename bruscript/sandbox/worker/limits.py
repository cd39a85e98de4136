"""The limits that a worker sets itself: memory, files, processes, network.

Resource limits hold on every POSIX system; on Linux a seccomp filter leaves only the system calls that
running JavaScript and speaking over the two pipes needs. All others fail with EPERM.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys
from contextlib import suppress

_SLACK = 48 << 20
"""Bytes beside a script's own: a second isolate while one is replaced, messages, V8's code."""

_PR_SET_NO_NEW_PRIVS = 38
_SET_MODE_FILTER, _ALL_THREADS = 1, 1
_LOAD, _JUMP_EQUAL, _JUMP_GREATER, _JUMP_SET, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000

# Audit architecture, the first number that is another ABI's (x32), and the allowed calls by number.
_X86_64 = (
    0xC000003E,
    0x40000000,
    {
        "read": 0, "write": 1, "close": 3, "fstat": 5, "poll": 7, "lseek": 8, "mmap": 9, "mprotect": 10,
        "munmap": 11, "brk": 12, "rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15, "pread64": 17,
        "readv": 19, "writev": 20, "select": 23, "sched_yield": 24, "mremap": 25, "madvise": 28,
        "nanosleep": 35,
        "getpid": 39, "clone": 56, "exit": 60, "uname": 63, "gettimeofday": 96, "getrusage": 98,
        "sysinfo": 99, "sigaltstack": 131, "sched_getparam": 143, "sched_getscheduler": 145, "gettid": 186,
        "time": 201, "futex": 202, "sched_getaffinity": 204, "restart_syscall": 219, "clock_gettime": 228,
        "clock_getres": 229, "clock_nanosleep": 230, "exit_group": 231, "tgkill": 234, "pselect6": 270,
        "ppoll": 271, "set_robust_list": 273, "getcpu": 309, "getrandom": 318, "membarrier": 324,
        "pkey_mprotect": 329, "pkey_alloc": 330, "pkey_free": 331, "rseq": 334,
    },
)  # fmt: skip
_AARCH64 = (
    0xC00000B7,
    0xFFFFFFFF,
    {
        "close": 57, "lseek": 62, "read": 63, "write": 64, "readv": 65, "writev": 66,
        "pread64": 67, "pselect6": 72, "ppoll": 73, "fstat": 80, "exit": 93, "exit_group": 94, "futex": 98,
        "set_robust_list": 99, "nanosleep": 101, "clock_gettime": 113, "clock_getres": 114,
        "clock_nanosleep": 115, "sched_getscheduler": 120, "sched_getparam": 121, "sched_getaffinity": 123,
        "sched_yield": 124, "restart_syscall": 128, "tgkill": 131, "sigaltstack": 132, "rt_sigaction": 134,
        "rt_sigprocmask": 135, "rt_sigreturn": 139, "uname": 160, "getrusage": 165, "getcpu": 168,
        "gettimeofday": 169, "getpid": 172, "gettid": 178, "sysinfo": 179, "brk": 214, "munmap": 215,
        "mremap": 216, "clone": 220, "mmap": 222, "mprotect": 226, "madvise": 233, "getrandom": 278,
        "membarrier": 283, "pkey_mprotect": 288, "pkey_alloc": 289, "pkey_free": 290, "rseq": 293,
    },
)  # fmt: skip
_SYSTEMS = {"x86_64": _X86_64, "aarch64": _AARCH64}
_SECCOMP_CALL = {"x86_64": 317, "aarch64": 277}
_CLONE3 = 435
_CLONE_THREAD = 0x10000
_FIRST_ARGUMENT = 16
"""Where a call's first argument is; its lower half, as both processors are little-endian."""


def limit_memory(script_memory: int) -> None:
    """Let the process have `script_memory` bytes of data beside what it has now (Linux: heap,
    buffers, all).
    """
    if sys.platform != "linux":
        return
    import resource

    with open("/proc/self/status", encoding="ascii") as status:
        used = next((int(line.split()[1]) << 10 for line in status if line.startswith("VmData:")), 0)
    with suppress(ValueError, OSError):
        size = used + script_memory + _SLACK
        resource.setrlimit(resource.RLIMIT_DATA, (size, size))


def drop_resources() -> None:
    """No core files, no files written, no further descriptors."""
    import resource

    for name, value in (("RLIMIT_CORE", 0), ("RLIMIT_FSIZE", 0), ("RLIMIT_NOFILE", 8)):
        with suppress(ValueError, OSError):
            resource.setrlimit(getattr(resource, name), (value, value))


def drop_rights() -> bool:
    """Return up all system calls but the few that are needed; gives whether the system does that."""
    system = _SYSTEMS.get(machine())
    if sys.platform != "linux" or system is None:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    program = _filter(*system)
    code = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    # V8's thread is there already: the filter has to be put on all threads.
    number = ctypes.c_long(_SECCOMP_CALL[machine()])
    return bool(libc.syscall(number, _SET_MODE_FILTER, _ALL_THREADS, ctypes.c_char_p(header)) == 0)


def machine() -> str:
    """Return the processor's name as the kernel has it.

    Asked for without the modules that `platform` needs.
    """
    return os.uname().machine if hasattr(os, "uname") else ""


def _filter(architecture: int, foreign: int, allowed: dict[str, int]) -> bytes:
    """Return the BPF program: another architecture's call kills, an unlisted one fails."""

    def instruction(code: int, value: int, hit: int = 0, miss: int = 0) -> bytes:
        return struct.pack("HBBI", code, hit, miss, value)

    numbers = sorted(allowed.values())
    program = [
        instruction(_LOAD, 4),
        instruction(_JUMP_EQUAL, architecture, 1, 0),
        instruction(_RETURN, _KILL),
        instruction(_LOAD, 0),
        instruction(_JUMP_GREATER, foreign, 0, 1),
        instruction(_RETURN, _KILL),
        # The C library falls back to clone, whose arguments a filter can see.
        instruction(_JUMP_EQUAL, _CLONE3, 0, 1),
        instruction(_RETURN, _ERRNO | errno.ENOSYS),
        # Threads, but no processes.
        instruction(_JUMP_EQUAL, allowed["clone"], 0, 4),
        instruction(_LOAD, _FIRST_ARGUMENT),
        instruction(_JUMP_SET, _CLONE_THREAD, 1, 0),
        instruction(_RETURN, _ERRNO | errno.EPERM),
        instruction(_RETURN, _ALLOW),
        # Signals to its own threads, but to no other process.
        instruction(_JUMP_EQUAL, allowed["tgkill"], 0, 4),
        instruction(_LOAD, _FIRST_ARGUMENT),
        instruction(_JUMP_EQUAL, os.getpid(), 1, 0),
        instruction(_RETURN, _ERRNO | errno.EPERM),
        instruction(_RETURN, _ALLOW),
    ]
    for at, number in enumerate(numbers):
        program.append(instruction(_JUMP_EQUAL, number, len(numbers) - at, 0))
    program.append(instruction(_RETURN, _ERRNO | errno.EPERM))
    program.append(instruction(_RETURN, _ALLOW))
    return b"".join(program)

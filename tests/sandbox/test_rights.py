"""What a worker may still do once it has given up its rights, tried in a process like it."""

# A list of calls is easier to read in long lines.
# ruff: noqa: E501

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

from bruscript.sandbox.worker import limits

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or limits.machine() not in ("x86_64", "aarch64"),
    reason="seccomp is Linux's, and the lists are for these two processors",
)

PROGRAM = """
import ctypes, os, socket, sys, threading
from bruscript.sandbox.worker.limits import drop_rights

libc = ctypes.CDLL(None, use_errno=True)
parent = os.getppid()
numbers = dict(pair.split("=") for pair in sys.argv[1].split(","))
assert drop_rights()

def call(name, *args):
    result = libc.syscall(ctypes.c_long(int(numbers[name])), *map(ctypes.c_long, args))
    if result < 0:
        raise OSError(ctypes.get_errno(), name)
    if name in ("clone", "fork") and result == 0:
        os._exit(0)

tries = {
    "open": lambda: open("/etc/passwd"),
    "list": lambda: os.listdir("/"),
    "stat": lambda: os.stat("/"),
    "write": lambda: open("/tmp/bruscript-was-here", "w"),
    "socket": socket.socket,
    "pair": socket.socketpair,
    "pipe": os.pipe,
    "fork": os.fork,
    "exec": lambda: os.execv("/bin/true", ["true"]),
    "kill": lambda: os.kill(parent, 0),
    **{name: lambda name=name: call(name, *map(int, args.split())) for name, args in {
        "clone": "17 0 0 0 0", "tgkill": f"{parent} {parent} 0", "prctl": "3 0 0 0 0", "ptrace": "16 1 0 0",
        "io_uring_setup": "1 0", "memfd_create": "0 0", "process_vm_readv": "1 0 0 0 0 0", "fcntl": f"1 8 {parent}",
        "unshare": "0", "keyctl": "0 0 0 0", "bpf": "0 0 0", "perf_event_open": "0 0 0 0 0", "userfaultfd": "0",
    }.items()},
}
for name, attempt in tries.items():
    try:
        attempt()
    except PermissionError:
        continue
    except OSError as error:
        print(name, error)
        continue
    print(name, "was allowed")

said = []
thread = threading.Thread(target=lambda: said.append("thread"))
thread.start()
thread.join()
print(*said, flush=True)
os._exit(0)
"""

NUMBERS = {
    "x86_64": "clone=56,tgkill=234,prctl=157,ptrace=101,io_uring_setup=425,memfd_create=319,process_vm_readv=310,"
    "fcntl=72,unshare=272,keyctl=250,bpf=321,perf_event_open=298,userfaultfd=323",
    "aarch64": "clone=220,tgkill=131,prctl=167,ptrace=117,io_uring_setup=425,memfd_create=279,process_vm_readv=270,"
    "fcntl=25,unshare=97,keyctl=219,bpf=280,perf_event_open=241,userfaultfd=282",
}


def test_nothing_but_computing_is_left() -> None:
    numbers = NUMBERS[platform.machine()]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, numbers], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.stdout == "thread\n"
    assert not os.path.exists("/tmp/bruscript-was-here")


def test_both_lists_name_the_same_calls() -> None:
    x86, arm = limits._X86_64[2], limits._AARCH64[2]
    # What ARM64 never had, and what its C library makes of other calls.
    old = {"poll", "select", "time"}
    assert set(x86) - old == set(arm) - old

"""Runs sources on inputs, each in a process of its own, forked from this one: what a call does, and how much CPU time it takes.

This is no jail: it runs where the caller runs, which is in the sandbox.
"""
import copy
import gc
import hashlib
import io
import json
import os
import select
import signal
import sys
import time
import types

MOST_ELEMENTS = 100_000
PLAIN = {int, str, float, bool, type(None), bytes, complex}


def fingerprint(value, depth=0):
    """A text that is the same for the same values only: by type, order and structure."""
    if type(value) in (int, bool) or value is None:
        return f"{type(value).__name__}:{hex(value) if type(value) is int else value}"
    if type(value) in PLAIN:
        return f"{type(value).__name__}:{value!r}"
    if depth > 60:
        return "deep"
    if type(value) in (list, tuple):
        if set(map(type, value)) <= {int, str, float, bool}:
            try:
                return f"{type(value).__name__}={value!r}"
            except ValueError:  # an int too long for decimal digits
                pass
        return f"{type(value).__name__}[{','.join([fingerprint(v, depth + 1) for v in value])}]"
    if isinstance(value, (set, frozenset)):
        return f"{type(value).__name__}{{{','.join(sorted(fingerprint(v, depth + 1) for v in value))}}}"
    if isinstance(value, dict):
        return f"{type(value).__name__}{{{','.join(fingerprint(k, depth + 1) + '=' + fingerprint(v, depth + 1) for k, v in value.items())}}}"
    if hasattr(value, "__next__"):
        parts = []
        for part in value:
            parts.append(fingerprint(part, depth + 1))
            if len(parts) > MOST_ELEMENTS:
                break
        return f"iterator[{','.join(parts)}]"
    if isinstance(value, (list, tuple)) or type(value).__name__ in ("deque", "range", "dict_keys", "dict_values", "dict_items"):
        return f"{type(value).__name__}[{','.join([fingerprint(v, depth + 1) for v in value])}]"
    return f"{type(value).__name__}{fingerprint(getattr(value, '__dict__', None), depth + 1)}"


def digest(text):
    return hashlib.md5(text.encode("utf-8", "surrogatepass")).hexdigest()


class Function:
    """Trials of a function: an input is a tuple of arguments or a dict of named ones."""

    def __init__(self, name):
        self.name = name

    def prepare(self, given):
        return given

    def load(self, code):
        module = types.ModuleType("skill")
        sys.modules["skill"] = module
        exec(code, module.__dict__)
        return module.__dict__[self.name]

    def call(self, loaded, given):
        """(outcome, CPU seconds). What it does to its arguments is part of what it does."""
        given = copy.deepcopy(given)
        started = time.thread_time()
        try:
            result = loaded(**given) if isinstance(given, dict) else loaded(*given)
        except Exception as error:
            return ("raised", type(error).__name__), time.thread_time() - started
        seconds = time.thread_time() - started
        return ("returned", digest(fingerprint(result)), digest(fingerprint(given))), seconds


class Program:
    """Trials of a program: an input is the text of its standard input."""

    def load(self, code):
        return code

    def call(self, code, given):
        return run_program(code, given)


def run_program(code, given):
    """Runs a program once with real descriptors 0 and 1, so that every way of reading and writing works; a process can do this once."""
    with open(f"/tmp/in-{os.getpid()}", "wb") as file:
        file.write(given.encode("utf-8", "surrogatepass"))
    read, written = os.open(file.name, os.O_RDONLY), os.open(file.name + ".out", os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    kept = [os.dup(0) if is_open(0) else None, os.dup(1) if is_open(1) else None]
    os.dup2(read, 0)
    os.dup2(written, 1)
    before = sys.stdin, sys.stdout, sys.modules.get("__main__")
    sys.stdin = open(0, encoding="utf-8", closefd=False)
    sys.stdout = io.TextIOWrapper(io.BufferedWriter(io.FileIO(1, "w", closefd=False)), "utf-8")
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    ended = "ended"
    started = time.thread_time()
    try:
        exec(code, module.__dict__)
    except SystemExit as error:
        ended = f"exit {error.code if isinstance(error.code, int) or error.code is None else 1}"
    except Exception as error:
        ended = type(error).__name__
    try:
        sys.stdout.flush()
    except Exception as error:
        ended = type(error).__name__
    seconds = time.thread_time() - started
    sys.stdin, sys.stdout, sys.modules["__main__"] = before
    size = os.fstat(written).st_size
    output = os.pread(written, size, 0)
    for fd, number in ((kept[0], 0), (kept[1], 1)):
        if fd is not None:
            os.dup2(fd, number)
            os.close(fd)
    os.close(read)
    os.close(written)
    os.unlink(file.name)
    os.unlink(file.name + ".out")
    return (ended, hashlib.md5(output).hexdigest()), seconds


def spent():
    """CPU seconds of this process and of all that it waited for. Budgets are counted in them: on a machine that others use the clock runs on for nothing."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def is_open(fd):
    try:
        os.fstat(fd)
        return True
    except OSError:
        return False


def run(kind, source, inputs, seconds):
    """[(outcome, CPU seconds)] of the source on the inputs, all in one fresh process; fewer where the CPU time was used up or the process died."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(read)
            null = os.open("/dev/null", os.O_RDWR)
            for fd in (1, 2):
                os.dup2(null, fd)
            gc.enable()
            signal.signal(signal.SIGPROF, signal.SIG_DFL)
            # While this timer runs the kernel tells the CPU time of the process by the tick only; that of the thread it tells exactly.
            signal.setitimer(signal.ITIMER_PROF, seconds)
            sys.setrecursionlimit(1000)
            code = compile(source, "<skill>", "exec", dont_inherit=True)
            try:
                loaded = kind.load(code)
            except Exception as error:
                os.write(write, json.dumps([["not loaded", type(error).__name__], 0.0]).encode() + b"\n")
                os._exit(0)
            for given in inputs:
                os.write(write, json.dumps(kind.call(loaded, given)).encode() + b"\n")
        finally:
            os._exit(0)
    os.close(write)
    data, deadline = bytearray(), time.monotonic() + 4 * seconds + 5
    try:
        while (left := deadline - time.monotonic()) > 0 and select.select([read], [], [], left)[0]:
            more = os.read(read, 65536)
            if not more:
                break
            data += more
    finally:
        os.close(read)
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        os.waitpid(pid, 0)
    return [(tuple(outcome), cpu) for outcome, cpu in map(json.loads, data.split(b"\n")[:-1])]


def outcomes(kind, source, inputs, seconds, most_lost=1000):
    """The outcome for each input; None where there is none, and for all that follow after so many were lost. A program gets a process for each."""
    found, at = [], 0
    while at < len(inputs) and found.count(None) < most_lost:
        if isinstance(kind, Program):
            ended = run(kind, source, [inputs[at]], seconds)
            found.append(ended[0][0] if ended else None)
            at += 1
            continue
        part = [o for o, _ in run(kind, source, inputs[at:], seconds)]
        if part and part[0][0] == "not loaded":
            return found + [part[0]] * (len(inputs) - at)
        found += part
        at += len(part)
        if at < len(inputs):
            found.append(None)
            at += 1
    return found + [None] * (len(inputs) - len(found))

"""Pid 1 of a sandbox container: serves the requests of one workspace, one after the other, on its standard streams.

It is trusted, what it runs is not. It never parses, compiles or unpickles what comes from the tenant: a child does, which gets the inputs one at a time
over a pipe of its own and answers over another. After a crash, a timeout or a lack of memory the next input gets a fresh child; after a request every process
is killed and /tmp wiped, before the next request is read. Times, memory and the reason why something ended are measured here and by the kernel, never taken
from the child. It ends when its host does.

On the wire every frame is a length (4 bytes, big-endian) and that many bytes.
Request:  a JSON header; for "run" the source and each input follow, for "tool" the argument and the source.
Reports:  "ready" once; then for "run" "analysis", "load", a "call" for each input, and "end"; for "tool" "analysis" and "end"; for "limits" "limits"; "broken" before this
          program fails. Inside
          a report stand four parts, each with its length: a JSON header of this program's own words, the standard output, the standard error and the child's
          answer (see child.py), which only the host takes apart.
"""
import gc
import importlib
import json
import os
import signal
import sys
import time
import traceback

# What skills often import is imported here, once for all children.
import ast, base64, bisect, calendar, collections, copy, csv, dataclasses, datetime, decimal, enum, fractions, functools, hashlib, heapq, html, itertools, math  # noqa: E401,F401
import operator, random, re, statistics, string, textwrap, typing, unicodedata, urllib.parse, uuid  # noqa: E401,F401

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path.append(FOLDER)
import child
import kernel
import worker
from child import frame, job_of, read_frame, write_all
sys.path.pop()

VERSION = 2


class Host:
    """The two streams to the host."""

    def __init__(self):
        """Moves the protocol away from 0, 1 and 2, so that nothing can write into it by printing."""
        self.requests, self.reports = os.dup(0), os.dup(1)
        null = os.open("/dev/null", os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(null, fd)
        os.close(null)
        self.pending = bytearray()

    def read(self):
        return read_frame(self.requests)

    def report(self, header, output=b"", errors=b"", answer=b""):
        """Reports that follow each other closely travel together; whoever waits flushes first."""
        self.pending += frame(b"".join(map(frame, (json.dumps(header).encode(), output, errors, answer))))
        if len(self.pending) > 65536:
            self.flush()

    def flush(self):
        if self.pending:
            write_all(self.reports, self.pending)
            self.pending = bytearray()


class Run:
    """One request: a source, its function and the inputs."""

    def __init__(self, request, source):
        self.request, self.source, self.function = request, source, request["function"].encode()
        self.unread = request["inputs"]
        self.left_bytes = request["answer_bytes"]
        self.answer_cap = max(request["result_bytes"], child.MESSAGE_BYTES * 4 + child.TRACEBACK_BYTES * 4) + 1024

    def serve(self):
        try:
            self.run()
        finally:
            while self.unread:
                self.read()

    def read(self):
        self.unread -= 1
        return HOST.read()

    def run(self):
        request, count = self.request, self.request["inputs"]
        if request["analyse"] and not analyse("shape", self.function, self.source, request["analysis_seconds"]):
            return
        self.deadline = time.monotonic() + request["total_seconds"]
        header, output, errors, answer, fit = self.load(count + 1)
        HOST.report({"kind": "load", **header}, output, errors, answer)
        if not fit:
            return
        for index in range(count):
            fresh = index > 0 and request["fresh"]
            if fresh and POOL.worker:
                POOL.end()
                POOL.fork()
            job = self.read()
            if self.deadline - time.monotonic() <= 0 or self.left_bytes <= 0:
                HOST.report({"kind": "call", "ended": "no_time" if self.left_bytes > 0 else "no_room"})
                continue
            if fresh or POOL.worker is None:
                header, output, errors, answer, fit = self.load(count - index)
            if fit:
                header, output, errors, answer = self.ask(job, count - index)
            self.left_bytes -= len(output) + len(errors) + len(answer)
            if not request["answers"]:
                output, errors, answer = b"", b"", answer[:1] and answer[:1] + bytes(12)
            HOST.report({"kind": "call", **header}, output, errors, answer)

    def load(self, waiting):
        loaded = self.ask(job_of(child.LOAD, self.function, self.source, b"%d" % self.request["result_bytes"]), waiting)
        fit = loaded[3][:1] == child.OK
        if not fit:
            POOL.end()
        return *loaded, fit

    def ask(self, job, waiting):
        """A call may take its fair share of the time that is left, but never less than the setting says."""
        left = self.deadline - time.monotonic()
        said = POOL.ready().ask(job, min(left, max(self.request["call_seconds"], left / waiting)), self.request["output_bytes"], self.answer_cap)
        if said[0]["ended"] != "answered":
            POOL.worker = None
        return said


class Pool:
    """The process that serves, forked while nobody waits for it."""

    worker = None

    def ready(self):
        if self.worker is None:
            self.fork()
        return self.worker

    def fork(self):
        # Every other process has been killed by now, so nothing can push this one out while it stands first in the queue.
        MEMORY_QUEUE.stand_first()
        try:
            self.worker = worker.Worker(HOST, COUNTERS)
        finally:
            MEMORY_QUEUE.stand_back()

    def end(self):
        if self.worker is not None:
            self.worker.end()
            self.worker = None


def analyse(tool, argument, source, seconds):
    """In the process that will load the source, which has run no line of it yet. Whether it parses."""
    if tool not in child.TOOLS:
        try:
            prepare(tool)
        except ImportError:
            return HOST.report({"kind": "analysis", "ended": "no_such_tool"})
        POOL.end()
    header, _, _, answer = POOL.ready().ask(job_of(child.ANALYSE, tool.encode(), argument, source), seconds, 0, 1 << 20)
    if header["ended"] != "answered":
        POOL.worker = None
    HOST.report({"kind": "analysis", **header}, answer=answer)
    return answer[:1] == child.OK


def prepare(tool):
    """Imports one of the image's own analysers, so that a call of it costs a fork."""
    sys.path.append(FOLDER)
    try:
        child.TOOLS[tool] = importlib.import_module(tool).analyse
    finally:
        sys.path.remove(FOLDER)
    gc.collect()
    gc.freeze()


def serve():
    request = json.loads(HOST.read())
    if request["op"] == "run":
        Run(request, HOST.read()).serve()
    elif request["op"] == "tool":
        argument, source = HOST.read(), HOST.read()
        analyse(request["tool"], argument, source, request["analysis_seconds"])
    elif request["op"] == "limits":
        HOST.report({"kind": "limits", **kernel.held()})
    HOST.report({"kind": "end"})
    HOST.flush()
    # The next request is read only when nothing of this one is left. If that fails, this container ends, and the host takes another.
    if request["op"] != "limits":
        POOL.end()
        kernel.kill_all()
        kernel.wipe()
        POOL.fork()


signal.signal(signal.SIGINT, signal.SIG_DFL)
kernel.lower_limits()
HOST, COUNTERS, POOL = Host(), kernel.Counters(), Pool()
MEMORY_QUEUE = kernel.MemoryQueue()
kernel.set_not_dumpable()
os.environ.clear()
prepare("shape")
child.rehearse()
gc.collect()
gc.disable()
gc.freeze()
HOST.report({"kind": "ready", "version": VERSION, **kernel.held()})
POOL.fork()
HOST.flush()
while True:
    try:
        serve()
    except Exception:
        HOST.report({"kind": "broken"}, errors=traceback.format_exc().encode("utf-8", "backslashreplace")[-4096:])
        HOST.flush()
        os._exit(1)

"""Pid 1 of a sandbox container: serves one request on its standard streams and ends.

It is trusted, what it runs is not. It never parses, compiles or unpickles what comes from the tenant: a child does, which gets the inputs one at a time
over a pipe of its own and answers over another. After a crash, a timeout or a lack of memory the next input gets a fresh child. Times, memory and the reason
why something ended are measured here and by the kernel, never taken from the child.

On the wire every frame is a length (4 bytes, big-endian) and that many bytes.
Request:  a JSON header, the source, then each input.
Reports:  one each for "ready", "analysis", "load", every "call" and "end"; inside a report stand four parts, each with its length: a JSON header of this
          program's own words, the standard output, the standard error and the child's answer (see child.py), which only the host takes apart.
"""
import gc
import json
import os
import resource
import select
import signal
import struct
import sys
import time

sys.path.append(os.path.dirname(os.path.abspath(__file__)))
import child
import shape
from child import frame, read_frame, write_all
sys.path.pop()

VERSION = 1
NOT_DUMPABLE, DUMPABLE = 0, 1
READ_SIZE = 65536


def set_dumpable(value):
    """Children run under the same user id; what is not dumpable cannot be traced, nor can its files under /proc be opened."""
    import ctypes
    if ctypes.CDLL(None).prctl(4, value, 0, 0, 0) != 0:
        os._exit(97)


def take_streams():
    """Moves the protocol away from 0, 1 and 2, so that nothing can write into it by printing."""
    requests, reports = os.dup(0), os.dup(1)
    null = os.open("/dev/null", os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    os.close(null)
    return requests, reports


class Counters:
    """What the kernel bills to the container: CPU time and processes killed for lack of memory (cgroup v1 or v2)."""

    def __init__(self):
        self.cpu = self.open("/sys/fs/cgroup/cpuacct/cpuacct.usage", "/sys/fs/cgroup/cpu.stat")
        self.memory = self.open("/sys/fs/cgroup/memory/memory.oom_control", "/sys/fs/cgroup/memory.events")

    @staticmethod
    def open(*paths):
        for path in paths:
            try:
                return os.open(path, os.O_RDONLY)
            except OSError:
                pass
        return None

    def cpu_ms(self):
        """CPU time of everything in the container but this process."""
        if self.cpu is None:
            return 0.0
        words = os.pread(self.cpu, 256, 0).split()
        nanoseconds = int(words[1]) * 1000 if words[0] == b"usage_usec" else int(words[0])
        return (nanoseconds - time.process_time_ns()) / 1e6

    def memory_kills(self):
        if self.memory is None:
            return 0
        words = os.pread(self.memory, 512, 0).split()
        return int(words[words.index(b"oom_kill") + 1]) if b"oom_kill" in words else 0


class Child:
    """One untrusted process: `main(jobs, answers)` runs in it."""

    def __init__(self, main):
        jobs, self.jobs = os.pipe()
        self.answers, answers = os.pipe()
        self.output, output = os.pipe()
        self.errors, errors = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                confine(jobs, answers, output, errors)
                main(3, 4)
            finally:
                os._exit(0)
        for fd in (jobs, answers, output, errors):
            os.close(fd)
        for fd in (self.jobs, self.answers, self.output, self.errors):
            os.set_blocking(fd, False)
        self.process = os.pidfd_open(self.pid)

    def ask(self, job, seconds, output_bytes, answer_bytes):
        """Hands over one job and waits for one answer. Returns (header, stdout, stderr, answer) and ends the child unless it answered properly."""
        started, cpu, kills = time.monotonic(), COUNTERS.cpu_ms(), COUNTERS.memory_kills()
        deadline = started + seconds
        outgoing = memoryview(job)
        output, errors, answer = bytearray(), bytearray(), bytearray()
        buffers = {self.output: (output, output_bytes), self.errors: (errors, output_bytes), self.answers: (answer, answer_bytes + 4)}
        poll = select.poll()
        for fd in buffers:
            poll.register(fd, select.POLLIN)
        poll.register(self.jobs, select.POLLOUT)
        poll.register(self.process, select.POLLIN)
        poll.register(REQUESTS, 0)
        written, ended, gone, closed = 0, None, False, False
        while ended is None:
            left = deadline - time.monotonic()
            if left <= 0:
                ended = "timeout"
                break
            moved = False
            for fd, event in poll.poll(0 if gone else left * 1000 + 1):
                if fd == REQUESTS:
                    os._exit(0)  # the host has gone: nobody waits for the answer
                elif fd == self.process:
                    gone = True
                    poll.unregister(fd)
                elif fd == self.jobs:
                    try:
                        outgoing = outgoing[os.write(fd, outgoing[:READ_SIZE]):]
                    except OSError:
                        outgoing = outgoing[:0]
                    if not outgoing:
                        poll.unregister(fd)
                else:
                    size, open_still = drain(fd, *buffers[fd])
                    written += size
                    moved = moved or size > 0
                    if not open_still:
                        poll.unregister(fd)
                        closed = closed or fd == self.answers
            if len(answer) >= 4:
                size = struct.unpack(">I", answer[:4])[0]
                if size > answer_bytes:
                    ended = "too_large"
                elif len(answer) > size + 4 or (len(answer) > 4 and answer[4:5] not in child.KINDS):
                    ended = "forged"
                elif len(answer) == size + 4:
                    ended = "answered"
            if ended is None and written > FLOOD_BYTES:
                ended = "too_large"
            if ended is None and (closed or gone and not moved):
                ended = "died"
        wall = time.monotonic() - started
        for fd in (self.output, self.errors):
            drain(fd, *buffers[fd])
        header = {"wall_ms": wall * 1000, "cpu_ms": max(0.0, COUNTERS.cpu_ms() - cpu)}
        if COUNTERS.memory_kills() > kills and ended != "timeout":
            ended = "out_of_memory"
        if ended == "answered":
            header["peak_kb"] = peak_kb(self.pid)
        else:
            status, header["peak_kb"] = self.end()
            header["signal" if os.WIFSIGNALED(status) else "exit"] = os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        header["ended"] = ended
        return header, output, errors, answer[4:] if ended == "answered" else b""

    def end(self):
        """Kills the child and every process it left behind; returns its wait status and its peak memory in KiB."""
        try:
            os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        _, status, usage = os.wait4(self.pid, 0)
        try:
            os.kill(-1, signal.SIGKILL)
        except ProcessLookupError:
            pass
        while True:
            try:
                os.wait4(-1, 0)
            except ChildProcessError:
                break
        for fd in (self.jobs, self.answers, self.output, self.errors, self.process):
            os.close(fd)
        return status, usage.ru_maxrss


def confine(jobs, answers, output, errors):
    """In the child: leaves it 0 (nothing), 1 and 2 (captured), 3 (jobs) and 4 (answers), and makes it the first to go when memory runs out."""
    os.setsid()
    kept = [os.dup2(fd, fd + 100, False) for fd in (output, errors, jobs, answers)]
    for number, fd in enumerate(kept, 1):
        os.dup2(fd, number)
    os.closerange(5, 256)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (16 << 20, 16 << 20))
    resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128))
    set_dumpable(DUMPABLE)
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")
    set_dumpable(NOT_DUMPABLE)
    gc.enable()


def drain(fd, buffer, cap):
    """Reads what is there, keeps `cap` bytes of it. Returns how much there was and whether more may come."""
    size = 0
    while size <= FLOOD_BYTES:
        try:
            data = os.read(fd, READ_SIZE)
        except BlockingIOError:
            return size, True
        if not data:
            return size, False
        size += len(data)
        buffer += data[:max(0, cap + 1 - len(buffer))]
    return size, True


def peak_kb(pid):
    try:
        with open(f"/proc/{pid}/status", "rb") as file:
            for line in file:
                if line.startswith(b"VmHWM:"):
                    return int(line.split()[1])
    except OSError:
        pass
    return 0


def report(header, output=b"", errors=b"", answer=b""):
    parts = json.dumps(header).encode(), output, errors, answer
    write_all(REPORTS, frame(b"".join(frame(part) for part in parts)))


def serve():
    request = json.loads(read_frame(REQUESTS))
    source = read_frame(REQUESTS)
    function = request["function"].encode()
    output_bytes, result_bytes, left_bytes = request["output_bytes"], request["result_bytes"], request["answer_bytes"]
    answer_cap = max(result_bytes, child.MESSAGE_BYTES * 4 + child.TRACEBACK_BYTES * 4) + 1024

    reader = Child(shape.main)
    header, _, _, answer = reader.ask(frame(function) + frame(source), request["analysis_seconds"], 0, 1 << 20)
    if header["ended"] == "answered":
        reader.end()
    report({"kind": "analysis", **header}, answer=answer)
    if answer[:1] != child.OK:
        return

    deadline = time.monotonic() + request["total_seconds"]

    def share(waiting):
        """A call may take its fair share of the time that is left, but never less than the setting says."""
        left = deadline - time.monotonic()
        return min(left, max(request["call_seconds"], left / waiting))

    def load(waiting):
        worker = Child(lambda jobs, answers: child.main(jobs, answers, result_bytes))
        loaded = worker.ask(frame(function) + frame(source), share(waiting), output_bytes, answer_cap)
        fit = loaded[3][:1] == child.OK
        if not fit and loaded[0]["ended"] == "answered":
            worker.end()
        return worker if fit else None, loaded

    count = request["inputs"]
    worker, loaded = load(count + 1)
    header, output, errors, answer = loaded
    report({"kind": "load", **header}, output, errors, answer)
    if worker is None:
        return
    for index in range(count):
        job = read_frame(REQUESTS)
        if deadline - time.monotonic() <= 0 or left_bytes <= 0:
            report({"kind": "call", "ended": "no_time" if left_bytes > 0 else "no_room"})
            continue
        if worker is None:
            worker, loaded = load(count - index)
        if worker is None:
            header, output, errors, answer = loaded
        else:
            header, output, errors, answer = worker.ask(frame(job), share(count - index), output_bytes, answer_cap)
            if header["ended"] != "answered":
                worker = None
        left_bytes -= len(output) + len(errors) + len(answer)
        report({"kind": "call", **header}, output, errors, answer)
    if worker is not None:
        worker.end()


signal.signal(signal.SIGINT, signal.SIG_DFL)
set_dumpable(NOT_DUMPABLE)
REQUESTS, REPORTS = take_streams()
COUNTERS = Counters()
# A process that prints this much is stopped, whatever is kept of it.
FLOOD_BYTES = 8 << 20
os.environ.clear()
gc.collect()
gc.disable()
gc.freeze()
report({"kind": "ready", "version": VERSION})
serve()
report({"kind": "end"})

"""One untrusted process, seen from the supervisor: hands it jobs one at a time, and says what became of each."""
import gc
import os
import select
import signal
import struct
import time

import child
import kernel

READ_SIZE = 65536
# A process that prints this much is stopped, whatever is kept of it.
FLOOD_BYTES = 8 << 20
# How long reports may wait for company before they are sent, in milliseconds.
COMPANY_MS = 3
# Where the kernel cannot tell of a process's end (an old gVisor), it is asked this often, in milliseconds.
LOOK_MS = 50


class Worker:
    """Forked before it is needed; it knows nothing of the request that it will serve."""

    def __init__(self, host, counters):
        self.host, self.counters = host, counters
        jobs, self.jobs = os.pipe()
        self.answers, answers = os.pipe()
        self.output, output = os.pipe()
        self.errors, errors = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                confine(jobs, answers, output, errors)
                child.main(3, 4)
            finally:
                os._exit(0)
        for fd in (jobs, answers, output, errors):
            os.close(fd)
        for fd in (self.jobs, self.answers, self.output, self.errors):
            os.set_blocking(fd, False)
        self.process = pidfd(self.pid)
        self.status = os.open(f"/proc/{self.pid}/status", os.O_RDONLY | os.O_CLOEXEC)
        self.stat = None if counters.cpu is not None else os.open(f"/proc/{self.pid}/stat", os.O_RDONLY | os.O_CLOEXEC)
        self.poll = select.poll()
        for fd in (self.answers, self.output, self.errors, self.process):
            if fd is not None:
                self.poll.register(fd, select.POLLIN)
        self.poll.register(host.requests, 0)
        self.billed = None

    def cpu_ms(self):
        return self.counters.cpu_ms() if self.stat is None else kernel.ticks_ms(self.stat)

    def ask(self, job, seconds, output_bytes, answer_bytes):
        """Hands over one job and waits for one answer. Returns (header, stdout, stderr, answer) and ends the process unless it answered properly."""
        started = time.monotonic()
        deadline = started + seconds
        if self.billed is None:
            self.billed, self.kills = self.cpu_ms(), self.counters.memory_kills()
        outgoing = memoryview(struct.pack(">I", len(job)) + job)
        output, errors, answer = bytearray(), bytearray(), bytearray()
        buffers = {self.output: (output, output_bytes), self.errors: (errors, output_bytes), self.answers: (answer, answer_bytes + 4)}
        outgoing = self.send(outgoing)
        if outgoing:
            self.poll.register(self.jobs, select.POLLOUT)
        written, ended, gone, closed, wall = 0, None, False, False, None
        while ended is None:
            left = (deadline - time.monotonic()) * 1000
            if left <= 0:
                ended = "timeout"
                break
            moved = False
            events = self.poll.poll(0 if gone else min(left + 1, self.patience()))
            if not events:
                self.host.flush()
                gone = gone or self.process is None and is_gone(self.pid)
            for fd, event in events:
                if fd == self.host.requests:
                    os._exit(0)  # the host has gone: nobody waits for the answer
                elif fd == self.process:
                    gone = True
                    self.poll.unregister(fd)
                elif fd == self.jobs:
                    outgoing = self.send(outgoing)
                    if not outgoing:
                        self.poll.unregister(fd)
                else:
                    size, open_still = drain(fd, *buffers[fd])
                    written += size
                    moved = moved or size > 0
                    if not open_still:
                        self.poll.unregister(fd)
                        closed = closed or fd == self.answers
            if len(answer) >= 4:
                ended = judge(answer, answer_bytes)
            if ended is None and written > FLOOD_BYTES:
                ended = "too_large"
            if ended is None and (closed or gone and not moved):
                ended = "died"
        wall = time.monotonic() - started
        if ended != "answered" or self.poll.poll(0):
            for fd in (self.output, self.errors):
                drain(fd, *buffers[fd])
        cpu, kills = self.cpu_ms(), self.counters.memory_kills()
        header = {"wall_ms": wall * 1000, "cpu_ms": max(0.0, cpu - self.billed)}
        if kills > self.kills and ended != "timeout":
            ended = "out_of_memory"
        self.billed, self.kills = cpu, kills
        if ended == "answered":
            header["peak_kb"] = self.peak_kb()
        else:
            status, header["peak_kb"] = self.end()
            header["signal" if os.WIFSIGNALED(status) else "exit"] = os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        header["ended"] = ended
        return header, output, errors, bytes(answer[4:]) if ended == "answered" else b""

    def send(self, outgoing):
        try:
            return outgoing[os.write(self.jobs, outgoing[:READ_SIZE]):]
        except BlockingIOError:
            return outgoing
        except OSError:
            return outgoing[:0]

    def patience(self):
        return COMPANY_MS if self.host.pending else LOOK_MS if self.process is None else 1e9

    def peak_kb(self):
        try:
            said = os.pread(self.status, 2048, 0)
        except ProcessLookupError:
            return 0  # it answered and ended
        found = said.partition(b"VmHWM:")[2] or said.partition(b"VmRSS:")[2]
        return int(found.split(None, 1)[0]) if found else 0

    def end(self):
        """Kills the process and every one that it left behind; returns its wait status and its peak memory in KiB."""
        try:
            os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        _, status, usage = os.wait4(self.pid, 0)
        kernel.kill_all()
        for fd in (self.jobs, self.answers, self.output, self.errors, self.status, self.process, self.stat):
            if fd is not None:
                os.close(fd)
        return status, usage.ru_maxrss


def judge(answer, answer_bytes):
    """Whether what came over the channel of the answers is exactly one; None while it is incomplete."""
    size = struct.unpack_from(">I", answer)[0]
    if size > answer_bytes:
        return "too_large"
    if len(answer) > size + 4 or (len(answer) > 4 and answer[4:5] not in child.KINDS):
        return "forged"
    return "answered" if len(answer) == size + 4 else None


def confine(jobs, answers, output, errors):
    """In the child: leaves it 0 (nothing), 1 and 2 (captured), 3 (jobs) and 4 (answers)."""
    os.setsid()
    kept = [os.dup2(fd, number, False) for number, fd in enumerate((output, errors, jobs, answers), 100)]
    for number, fd in enumerate(kept, 1):
        os.dup2(fd, number)
    os.closerange(5, 256)
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
        if len(data) < READ_SIZE:
            return size, True
    return size, True


def pidfd(pid):
    try:
        return os.pidfd_open(pid)
    except OSError:
        return None


def is_gone(pid):
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

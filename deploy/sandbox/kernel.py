"""What the supervisor asks of the kernel: protection, counters, the limits that hold, and a container that is empty again."""
import ctypes
import os
import resource
import signal
import sys
import time

PR_SET_DUMPABLE = 4
CLOCKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def set_not_dumpable():
    """Children run under the same user id; what is not dumpable cannot be traced, nor can its files under /proc be opened."""
    if ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        os._exit(97)


class MemoryQueue:
    """Who goes first when memory runs out. A child inherits the place that its parent has when it is forked."""

    def __init__(self):
        self.file = os.open("/proc/self/oom_score_adj", os.O_RDWR | os.O_CLOEXEC)
        self.own = os.read(self.file, 16)

    def stand_first(self):
        os.pwrite(self.file, b"1000", 0)

    def stand_back(self):
        os.pwrite(self.file, self.own, 0)


def lower_limits():
    """Once for this process, and so for every child."""
    for what, limit in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 16 << 20), (resource.RLIMIT_NOFILE, 128)):
        resource.setrlimit(what, (limit, limit))


def open_first(*paths):
    for path in paths:
        try:
            return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            pass
    return None


class Counters:
    """What the kernel bills to the container: CPU time and processes killed for lack of memory (cgroup v1 or v2; gVisor shows neither)."""

    def __init__(self):
        self.cpu = open_first("/sys/fs/cgroup/cpuacct/cpuacct.usage", "/sys/fs/cgroup/cpu.stat")
        self.memory = open_first("/sys/fs/cgroup/memory/memory.oom_control", "/sys/fs/cgroup/memory.events")

    def cpu_ms(self):
        """CPU time of everything in the container but this process."""
        if self.cpu is None:
            return None
        words = os.pread(self.cpu, 256, 0).split()
        nanoseconds = int(words[1]) * 1000 if words[0] == b"usage_usec" else int(words[0])
        return (nanoseconds - time.process_time_ns()) / 1e6

    def memory_kills(self):
        if self.memory is None:
            return 0
        words = os.pread(self.memory, 512, 0).split()
        return int(words[words.index(b"oom_kill") + 1]) if b"oom_kill" in words else 0


def ticks_ms(stat):
    """A process's CPU time out of its /proc/…/stat: coarse, for kernels that show no better counter."""
    try:
        words = os.pread(stat, 1024, 0).rsplit(b")", 1)[-1].split()
    except ProcessLookupError:
        return 0.0
    return (int(words[11]) + int(words[12])) * 1000 / CLOCKS_A_SECOND


def held():
    """The limits that hold here, as the kernel says; None for what it does not say."""

    def read(*paths):
        for path in paths:
            try:
                with open(path) as file:
                    return file.read().split()
            except OSError:
                pass
        return []

    def number(words, index=0):
        return int(words[index]) if len(words) > index and words[index].lstrip("-").isdigit() else None

    status = dict(line.split(":\t", 1) for line in open("/proc/self/status").read().splitlines() if ":\t" in line)
    v2 = read("/sys/fs/cgroup/cpu.max")
    quota = number(v2 or read("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"))
    period = number(v2, 1) if v2 else number(read("/sys/fs/cgroup/cpu/cpu.cfs_period_us"))
    interfaces = open("/proc/net/dev").read().splitlines()[2:]
    return {
        "memory_bytes": number(read("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")),
        "pids": number(read("/sys/fs/cgroup/pids.max", "/sys/fs/cgroup/pids/pids.max")),
        "cpus": quota / period if quota and period and quota > 0 else None,
        "user": os.getuid(),
        "capabilities": int(status.get("CapBnd", "f"), 16) | int(status.get("CapEff", "f"), 16),
        "no_new_privileges": number([status.get("NoNewPrivs", "")]),
        "seccomp": number([status.get("Seccomp", "")]),
        "interfaces": sorted(line.split(":")[0].strip() for line in interfaces),
        "root_is_read_only": bool(os.statvfs("/").f_flag & os.ST_RDONLY),
    }


def kill_all():
    """Ends every process but this one. A process that is being killed cannot fork, so one signal reaches them all."""
    try:
        os.kill(-1, signal.SIGKILL)
    except ProcessLookupError:
        pass
    while True:
        try:
            os.wait4(-1, 0)
        except ChildProcessError:
            return


def wipe(folder=b"/tmp"):
    """Empties the only place that can be written. Folders are moved up before they are removed: a path may be longer than the kernel takes."""
    while names := os.listdir(folder):
        for name in names:
            path = folder + b"/" + name
            try:
                os.unlink(path)
            except (IsADirectoryError, PermissionError):
                os.chmod(path, 0o700)
                with os.scandir(path) as inner:
                    for entry in list(inner):
                        if entry.is_dir(follow_symlinks=False):
                            os.chmod(entry.path, 0o700)
                            os.rename(entry.path, folder + b"/" + os.urandom(8).hex().encode())
                        else:
                            os.unlink(entry.path)
                os.rmdir(path)

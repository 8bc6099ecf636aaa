namespace AutoDev.SandboxRunner.Tests;

/// <summary>Code that means harm, by name, each with what must become of it. <c>sc</c> makes a system call and says <c>did</c> or the error's number.</summary>
static class HostileSnippets
{
    public const string Preamble =
        """
        import ctypes, os, signal, socket, struct, sys, threading, time
        libc = ctypes.CDLL(None, use_errno=True)
        buf = ctypes.create_string_buffer(256)
        def sc(number, *arguments):
            return 'did' if libc.syscall(number, *arguments) >= 0 else 'E%d' % ctypes.get_errno()
        def did(**calls):
            return sorted(name for name, said in calls.items() if said == 'did')
        def opened(mode, *paths):
            got = []
            for path in paths:
                try:
                    os.listdir(path) if mode == 'list' else open(path, mode).close()
                    got.append(path)
                except OSError: pass
            return got
        def frame(text): return struct.pack('>I', len(text)) + text

        """;

    public static readonly IReadOnlyList<Snippet> All =
    [
        // Time.
        new("An endless loop", "timeout", "while True: pass"),
        new("An endless sleep", "timeout", "time.sleep(1e6)", MostCpuMs: 300),
        new("Signals ignored and exceptions swallowed", "timeout",
            """
            for s in range(1, 64):
                try: signal.signal(s, signal.SIG_IGN)
                except Exception: pass
            while True:
                try:
                    while True: pass
                except BaseException: pass
            """),
        new("A process that stops itself", "timeout", "os.kill(os.getpid(), signal.SIGSTOP)"),
        new("A huge power", "timeout", "return str(9 ** 9 ** 8)[:1]"),
        new("A regular expression that explodes", "timeout", "import re\nreturn re.match('(a+)+$', 'a' * 40 + 'b')"),
        new("An exception whose message never ends", "timeout", "class E(Exception):\n    def __str__(self):\n        while True: pass\nraise E()"),
        new("An output stream that never flushes", "timeout", "class S:\n    def write(self, t): pass\n    def flush(self):\n        while True: pass\nsys.stdout = S()"),
        new("A lock that is never released", "timeout", "lock = threading.Lock()\nlock.acquire()\nlock.acquire()", MostCpuMs: 300),
        new("A read from an empty pipe", "timeout", "os.read(os.pipe()[0], 1)", MostCpuMs: 300),

        // Processes and threads.
        new("A fork bomb", "timeout|out_of_memory", "while True:\n    try: os.fork()\n    except OSError: pass"),
        new("A fork bomb in sessions of their own", "timeout|out_of_memory", "while True:\n    try:\n        if os.fork() == 0: os.setsid()\n    except OSError: pass"),
        new("A thread bomb", "exception", "while True: threading.Thread(target=time.sleep, args=(9,), daemon=True).start()"),
        new("Zombies by the thousand", "exception", "for i in range(1000):\n    if os.fork() == 0: os._exit(0)"),
        new("A grandchild that writes later", "ok",
            "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        time.sleep(0.2)\n        open('/tmp/later', 'w').write('x')\n    os._exit(0)\nreturn 1", "1"),
        new("A grandchild that holds the output", "ok", "if os.fork() == 0:\n    os.setsid()\n    time.sleep(100)\nreturn 1", "1"),
        new("A thread that writes into the results later", "ok|killed",
            "def later():\n    time.sleep(0.01)\n    for fd in range(3, 64):\n        try: os.write(fd, b'x' * 64)\n        except OSError: pass\nthreading.Thread(target=later, daemon=True).start()\nreturn 1"),
        new("An end without a result", "killed", "os._exit(0)"),
        new("Another program in its place", "killed", "os.execv('/usr/bin/python3.11', ['python', '-c', 'pass'])"),
        new("A call that exits", "exception", "sys.exit(0)"),
        new("An abort", "killed", "os.abort()"),
        new("A null pointer", "killed", "ctypes.string_at(0)"),
        new("An alarm", "killed", "signal.alarm(1)\ntime.sleep(5)", Seconds: 8),
        new("Every process killed", "killed|exception", "os.kill(-1, 9)"),
        new("CPU time hidden by ignored children", "ok",
            """
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
            if os.fork() == 0:
                end = time.process_time() + 0.3
                while time.process_time() < end: pass
                os._exit(0)
            try: os.wait()
            except OSError: pass
            return 1
            """, "1", Seconds: 8, LeastCpuMs: 200),

        // Memory and files.
        new("A memory bomb", "out_of_memory", "x = []\nwhile True: x.append(bytearray(1 << 20))"),
        new("Memory taken by many children", "out_of_memory",
            "for i in range(4):\n    if os.fork() == 0:\n        x = bytearray(30 << 20)\n        time.sleep(20)\n        os._exit(0)\nos.wait()\nreturn 1"),
        new("An absurd allocation", "out_of_memory", "return len(bytearray(1 << 50))"),
        new("Endless recursion", "out_of_memory|killed|exception|timeout", "sys.setrecursionlimit(10 ** 9)\ndef g(): return g()\ng()"),
        new("Recursion through C", "killed|exception|out_of_memory",
            "sys.setrecursionlimit(10 ** 9)\nclass A:\n    def __getattr__(self, name): return getattr(self, name + 'x')\nA().x"),
        new("One huge file", "exception", "with open('/tmp/x', 'wb') as f:\n    while True: f.write(b'x' * (1 << 20))"),
        new("Many files", "exception", "for i in range(10 ** 9): open(f'/tmp/{i}', 'wb').write(b'x' * (1 << 20))"),
        new("Many empty files", "exception", "for i in range(10 ** 9): open(f'/tmp/{i}', 'w').close()"),
        new("A huge file in memory", "exception|out_of_memory|killed", "m = os.memfd_create('x')\nfor i in range(1024): os.write(m, b'x' * (1 << 20))"),
        new("A decompression bomb", "out_of_memory|exception", "import zlib\nx = zlib.compress(bytes(30 << 20))\ny = [zlib.decompress(x) for i in range(99)]"),
        new("Folders in folders, deeper than a path", "exception", "os.chdir('/tmp')\nwhile True:\n    os.mkdir('d' * 200)\n    os.chdir('d' * 200)"),
        new("A folder that cannot be entered", "ok", "os.makedirs('/tmp/a/b/c')\nos.chmod('/tmp/a/b', 0)\nos.chmod('/tmp/a', 0)\nreturn 1", "1"),
        new("A link, a pipe and a socket left behind", "ok",
            "os.symlink('/etc/passwd', '/tmp/a')\nos.mkfifo('/tmp/b') if sc(133, b'/tmp/b', 0o10666, 0) == 'did' else None\nsocket.socket(socket.AF_UNIX).bind('/tmp/c')\nreturn 1", "1"),
        new("Names that are no text", "ok", "open(b'/tmp/\\xff\\xfe', 'w').close()\nos.mkdir(b'/tmp/\\x80')\nreturn 1", "1"),

        // Output and results.
        new("A flood of output", "output_too_large", "while True: print('x' * 10000)"),
        new("A flood of errors", "output_too_large", "while True: sys.stderr.write('x' * 10000)"),
        new("A huge result", "output_too_large", "return 'x' * (4 << 20)"),
        new("A deep result", "result_not_json", "x = []\nfor i in range(100000): x = [x]\nreturn x"),
        new("A result that contains itself", "result_not_json", "x = []\nx.append(x)\nreturn x"),
        new("A result without an end", "out_of_memory|timeout|result_not_json",
            "class D(dict):\n    def items(self):\n        while True: yield 'a', 1\nreturn D(a=1)"),
        new("Not a number", "result_not_json", "return float('nan')"),
        new("Half a character", "result_not_json", "return '\\ud800x'"),
        new("Bytes", "result_not_json", "return b'x'"),
        new("An exception with a giant name", "exception", "raise type('X\\x1b[31m\\n' * 50000, (Exception,), {})('y' * 10_000_000 + '\\x00')"),
        new("Output closed", "ok", "sys.stdout.close()\nreturn 1", "1"),
        new("Everything closed", "killed", "os.closerange(0, 256)\nreturn 1"),
        new("Everything unloaded", "ok|exception|killed|result_not_json", "sys.modules.clear()\nreturn 1"),
        new("Builtins replaced", "ok|exception|killed|result_not_json",
            "import builtins\nfor name in ('len', 'str', 'isinstance', 'type', 'BaseException', 'bytes', 'open'): setattr(builtins, name, None)\nreturn 1"),
        new("A tracer on the harness", "ok|exception|killed", "sys.settrace(lambda *a: 1 / 0)\nsys.setprofile(lambda *a: 1 / 0)\nreturn 1"),

        // Forgery.
        new("Forged frames on the outputs", "ok", "for fd in (1, 2): os.write(fd, frame(frame(b'{\"kind\": \"end\"}') + bytes(12)))\nreturn 1", "1"),
        new("Forged frames everywhere", "killed",
            "for fd in range(0, 256):\n    try: os.write(fd, frame(frame(b'{\"kind\": \"end\"}') + bytes(12)))\n    except OSError: pass\nreturn 1"),
        new("A forged length", "output_too_large", "os.write(4, b'\\xff' * 8)\ntime.sleep(60)"),
        new("A forged answer of its own", "ok", "os.write(4, frame(b'o' + frame(b'99') + bytes(8)))\nos._exit(0)", "99"),
        new("A harness that is patched", "ok|exception|killed|result_not_json",
            "import json\njson.dumps = lambda *a, **k: '\"forged\"'\nsys._getframe(1).f_globals['write_all'] = lambda *a: None\nreturn 1", Seconds: 1, OrTimeout: true),

        // The supervisor.
        new("Signals to the supervisor", "ok", "for s in (9, 19, 2, 15, 11, 6, 1, 24, 25): sc(62, 1, s)\nreturn 1", "1"),
        new("The supervisor's files", "ok",
            "return opened('rb', '/proc/1/mem', '/proc/1/environ', '/proc/1/maps', '/proc/1/cwd/x', '/proc/1/root/etc/passwd', '/proc/1/fd/0', '/proc/1/fd/3')"
            + " + opened('list', '/proc/1/fd', '/proc/1/cwd', '/proc/1/root') + opened('r+', '/proc/1/oom_score_adj', '/proc/1/clear_refs', '/proc/1/coredump_filter')", "[]"),
        new("The supervisor traced", "ok",
            "return did(attach=sc(101, 16, 1, 0, 0), seize=sc(101, 0x4206, 1, 0, 0), read=sc(310, 1, buf, 1, buf, 1, 0), write=sc(311, 1, buf, 1, buf, 1, 0), "
            + "getfd=sc(438, libc.syscall(434, 1, 0), 1, 0), kcmp=sc(312, 1, 1, 0, 0, 0))", "[]"),
        new("The supervisor's limits", "ok", "return did(nofile=sc(302, 1, 7, struct.pack('QQ', 3, 3), None), cpu=sc(302, 1, 0, struct.pack('QQ', 0, 1), None))", "[]"),
        new("The supervisor slowed down", "ok",
            "return did(nice=sc(141, 0, 1, 19), affinity=sc(203, 1, 8, struct.pack('Q', 1)), scheduler=sc(144, 1, 5, struct.pack('i', 0)), io=sc(251, 1, 1, 3 << 13))", "[]"),
        new("Its own place in the queue for memory", "ok",
            "lowered = []\nfor v in ('600', '0', '-1000'):\n    try:\n        with open('/proc/self/oom_score_adj', 'w') as f: f.write(v)\n        lowered.append(v)\n    except OSError: pass\nreturn lowered", "[]"),
        new("Its own limits raised", "exception", "import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))"),

        new("Its own place in the queue for memory, after a trick", "out_of_memory|killed",
            """
            libc.prctl(4, 1, 0, 0, 0)
            for v in ('600', '0'):
                try:
                    with open('/proc/self/oom_score_adj', 'w') as f: f.write(v)
                except OSError: pass
            for i in range(40):
                if os.fork() == 0:
                    x = bytearray(3 << 20)
                    time.sleep(20)
            time.sleep(20)
            """, LosesItsContainer: true),

        // The kernel and the host.
        new("Sockets to anywhere", "ok",
            "return did(**{str(a): sc(41, a, 3 if a in (16, 17) else 5 if a == 38 else 1, 0) for a in (2, 10, 15, 16, 17, 21, 26, 29, 30, 31, 38, 40, 42, 43, 44)})", "[]"),
        new("New namespaces and mounts", "ok",
            "return did(user=sc(272, 0x10000000), mnt=sc(272, 0x20000), clone=sc(56, 0x10000011, 0, 0, 0, 0), clone3=sc(435, 0, 0), mount=sc(165, b'none', b'/tmp', b'tmpfs', 0, 0), "
            + "umount=sc(166, b'/tmp', 2), pivot=sc(155, b'/tmp', b'/tmp'), chroot=sc(161, b'/tmp'), setns=sc(308, 0, 0), fsopen=sc(430, b'tmpfs', 0), open_tree=sc(428, -100, b'/', 1))", "[]"),
        new("Another user", "ok", "return did(uid=sc(105, 0), gid=sc(106, 0), groups=sc(116, 1, struct.pack('I', 0)), res=sc(117, 0, 0, 0), fs=sc(122, 0) if sc(122, 0) != 'did' else 'E0')", "[]"),
        new("Devices, modules and clocks", "ok",
            "return did(mknod=sc(133, b'/tmp/d', 0o60666, 0x800), module=sc(175, 0, 0, b''), kexec=sc(246, 0, 0, 0, 0), reboot=sc(169, 0xfee1dead, 672274793, 0, 0), iopl=sc(172, 3), "
            + "name=sc(170, b'x', 1), clock=sc(227, 0, buf), swap=sc(167, b'/tmp/x', 0), acct=sc(163, 0), syslog=sc(103, 3, buf, 10))", "[]"),
        new("Rarely used doors of the kernel", "ok",
            "return did(io_uring=sc(425, 8, buf), bpf=sc(321, 0, buf, 128), perf=sc(298, buf, 0, -1, -1, 0), userfaultfd=sc(323, 0), keyctl=sc(250, 0, -3, 1), "
            + "add_key=sc(248, b'user', b'x', b'y', 1, -3), inotify=sc(294, 0), fanotify=sc(300, 0, 0), memfd_secret=sc(447, 0), handle=sc(304, 3, buf, 0), personality=sc(135, 0x40000), "
            + "landlock=sc(444, 0, 0, 1), ldt=sc(154, 0, 0, 0), remap=sc(216, 0, 0, 0, 0, 0), splice=sc(275, 0, 0, 0, 0, 0, 0), vmsplice=sc(278, 0, 0, 0, 0))", "[]"),
        new("Memory and queues shared with others", "ok",
            "return did(shm=sc(29, 0, 4096, 0o1600), msg=sc(68, 0, 0o1600), sem=sc(64, 0, 1, 0o1600), mq=sc(240, b'x', 0o102, 0o600, None)) + opened('list', '/dev/shm') + opened('w', '/dev/mqueue/x', '/dev/shm/x')", "[]"),
        new("Files of the system written", "ok",
            "return opened('w', '/x', '/usr/x', '/etc/passwd', '/opt/sandbox/runner.py', '/opt/sandbox/x', '/dev/shm/x', '/dev/x', '/run/x', '/proc/sysrq-trigger', '/proc/sys/kernel/core_pattern', "
            + "'/sys/fs/cgroup/x', '/sys/fs/cgroup/memory/memory.limit_in_bytes', '/sys/fs/cgroup/memory/release_agent', '/sys/kernel/uevent_helper', '/var/x', '/home/x')", "[]"),
        new("Secrets of the system read", "ok",
            "return [p for p in opened('rb', '/etc/shadow', '/proc/kcore', '/proc/kmsg', '/dev/mem', '/dev/kmsg', '/dev/sda', '/dev/vda', '/var/run/docker.sock', '/run/docker.sock') if not p.startswith('/proc/kcore') or open(p, 'rb').read(1)]", "[]"),
        new("A file that is run", "ok",
            "open('/tmp/x', 'w').write('#!/usr/bin/python3.11\\n')\nos.chmod('/tmp/x', 0o777)\ntry: os.execv('/tmp/x', ['x'])\nexcept OSError as e: return e.errno", "13"),
        new("A terminal", "ok", "return opened('r+', '/dev/tty', '/dev/console', '/dev/ptmx')", null),
        new("The environment", "ok", "return [dict(os.environ), open('/proc/self/environ').read() if os.access('/proc/self/environ', os.R_OK) else '', os.getcwd()]", "[{}, \"\", \"/tmp\"]"),
        new("Other workspaces' processes", "ok", "return sorted(int(p) > 1 and int(p) != os.getpid() for p in os.listdir('/proc') if p.isdigit())", "[false, false]"),
    ];

    /// <summary>Sources that do not get as far as a call.</summary>
    public static readonly IReadOnlyList<(string Name, string Source, bool SyntaxError)> Unloadable =
    [
        ("A module that never ends", "while True: pass\ndef f(): pass", false),
        ("A module that exits", "import os\nos._exit(0)\ndef f(): pass", false),
        ("A constant that does not fit", "x = 'a' * 10 ** 9\ndef f(): pass", false),
        ("NUL in the source", "def f(): return 1\0", true),
        ("Five thousand parentheses", $"x = {new string('(', 5000)}{new string(')', 5000)}\ndef f(): return 1", true),
        ("A hundred thousand signs", $"x = {new string('-', 100_000)}1\ndef f(): return 1", true),
        ("No Python", "def f(:", true),
        ("No function", "def g(): pass", false),
        ("Imports itself", "import skill\nskill.f()\ndef f(): pass", false),
    ];
}

/// <summary>One attack: the body of a function.</summary>
/// <param name="Name">The test's name.</param>
/// <param name="Ended">The allowed ends, with bars between them.</param>
/// <param name="Body">Lines of Python.</param>
/// <param name="Value">The JSON that it must return, where it ends <c>ok</c>.</param>
/// <param name="Seconds">The time it gets.</param>
/// <param name="OrTimeout">Whether it may also time out.</param>
/// <param name="LeastCpuMs">CPU time that must be billed.</param>
/// <param name="MostCpuMs">CPU time that must not be exceeded.</param>
/// <param name="LosesItsContainer">It may bring down its own supervisor, which harms nobody else.</param>
sealed record Snippet(
    string Name, string Ended, string Body, string? Value = null, double Seconds = 0, bool OrTimeout = false, double LeastCpuMs = 0, double MostCpuMs = double.MaxValue,
    bool LosesItsContainer = false)
{
    public string Source { get; } = $"{HostileSnippets.Preamble}def f():\n    {string.Join("\n    ", Body.ReplaceLineEndings("\n").Split('\n'))}";

    public bool Allows(string ended) => Ended.Split('|').Contains(ended, StringComparer.Ordinal) || (OrTimeout && ended == "timeout");

    /// <summary>An honest call is not to be cut off on a busy machine; an endless one is not to be waited for.</summary>
    public double TimeoutSeconds => Seconds > 0 ? Seconds : Ended.StartsWith("timeout", StringComparison.Ordinal) ? 0.7 : 20;
}

namespace AutoDev.SandboxRunner.Tests;

/// <summary>What code that means harm gets.</summary>
public sealed class HostileTests(Sandbox sandbox)
{
    /// <summary>One call attacks, the next ones are honest and must get their own right results. Each may take a fifth of the time.</summary>
    async Task<Contracts.SandboxRunner.InputResult> Attack(string body, string imports = "", double seconds = 20)
    {
        var indented = string.Join("\n        ", body.Split('\n'));
        var answer = await sandbox.Run($"{imports}\ndef f(attack):\n    if not attack: return 42\n    else:\n        {indented}",
            ["""{"attack":true}""", .. Enumerable.Repeat("""{"attack":false}""", 4)], new() { TimeoutSeconds = seconds, MemoryMb = 64 });
        Assert.Equal("completed", answer.Status);
        Assert.All(answer.Results.Skip(1), honest => Assert.Equal(("ok", "42"), (honest.Ended, honest.ValueJson)));
        return answer.Results[0];
    }

    [Fact]
    public async Task A_memory_bomb_is_out_of_memory() =>
        Assert.Equal("out_of_memory", (await Attack("x = []\nwhile True: x.append(bytearray(1 << 20))")).Ended);

    [Fact]
    public async Task Memory_taken_by_many_children_counts_together() =>
        Assert.Equal("out_of_memory", (await Attack(
            """
            for i in range(4):
                if os.fork() == 0:
                    x = bytearray(30 << 20)
                    time.sleep(20)
                    os._exit(0)
            os.wait()
            return 1
            """, "import os, time")).Ended);

    [Fact]
    public async Task An_absurd_allocation_is_out_of_memory() => Assert.Equal("out_of_memory", (await Attack("return len(bytearray(1 << 50))")).Ended);

    [Fact]
    public async Task A_flood_of_output_is_stopped_and_cut()
    {
        var result = await Attack("while True: print('x' * 10000)");
        Assert.Equal("output_too_large", result.Ended);
        Assert.Equal(64 << 10, result.Stdout.Length);
    }

    [Fact]
    public async Task Much_output_is_cut_and_harms_nothing()
    {
        var result = await Attack("print('x' * 1_000_000)\nprint('e' * 1_000_000, file=sys.stderr)\nreturn 1", "import sys");
        Assert.Equal(("ok", "1", 64 << 10, 64 << 10), (result.Ended, result.ValueJson, result.Stdout.Length, result.Stderr.Length));
    }

    [Fact]
    public async Task Sys_exit_is_an_exception()
    {
        var result = await Attack("sys.exit(0)", "import sys");
        Assert.Equal(("exception", "SystemExit"), (result.Ended, result.ExceptionType));
    }

    [Theory]
    [InlineData("os._exit(0)", "the process ended by itself with code 0, without a result")]
    [InlineData("os.abort()", "the process was ended by signal 6")]
    [InlineData("os.kill(os.getpid(), 11)", "the process was ended by signal 11")]
    [InlineData("try: os.kill(-1, 9)\nexcept OSError: os._exit(7)", "the process ended by itself with code 7, without a result")]
    public async Task A_process_that_ends_itself_is_killed_without_a_result(string body, string message)
    {
        var result = await Attack(body, "import os");
        Assert.Equal(("killed", message), (result.Ended, result.Message));
    }

    [Fact]
    public async Task A_fork_bomb_is_held_and_cleared_away() =>
        Assert.Equal("timeout", (await Attack("while True:\n    try: os.fork()\n    except OSError: pass", "import os", seconds: 8)).Ended);

    [Fact]
    public async Task A_thread_bomb_meets_the_limit()
    {
        var result = await Attack("while True: threading.Thread(target=time.sleep, args=(9,), daemon=True).start()", "import threading, time");
        Assert.Equal("RuntimeError", result.ExceptionType);
    }

    [Fact]
    public async Task Who_ignores_signals_and_swallows_exceptions_is_stopped_all_the_same() =>
        Assert.Equal("timeout", (await Attack(
            """
            for s in range(1, 64):
                try: signal.signal(s, signal.SIG_IGN)
                except Exception: pass
            while True:
                try:
                    while True: pass
                except BaseException: pass
            """, "import signal", seconds: 8)).Ended);

    [Fact]
    public async Task Who_stops_itself_times_out() =>
        Assert.Equal("timeout", (await Attack("os.kill(os.getpid(), 19)", "import os", seconds: 8)).Ended);

    [Fact]
    public async Task There_is_no_network()
    {
        var result = await Attack(
            """
            said = []
            for family, address in ((2, ('127.0.0.1', 22)), (2, ('169.254.169.254', 80)), (2, ('8.8.8.8', 53)), (10, ('::1', 22)), (16, (0, 0)), (40, (2, 1))):
                try:
                    s = socket.socket(family, 3 if family == 16 else 1)
                    s.settimeout(0.3)
                    s.connect(address)
                    said.append('CONNECTED')
                except OSError as e:
                    said.append(e.errno)
            return said
            """, "import socket");
        Assert.Equal("[1, 1, 1, 1, 1, 1]", result.ValueJson);
    }

    [Fact]
    public async Task Nothing_but_tmp_can_be_written_and_nothing_there_can_be_run()
    {
        var result = await Attack(
            """
            wrote = []
            for path in ('/x', '/usr/x', '/etc/passwd', '/opt/sandbox/runner.py', '/dev/shm/x', '/dev/x', '/run/x', '/proc/sysrq-trigger',
                         '/proc/sys/kernel/core_pattern', '/sys/fs/cgroup/x', '/sys/fs/cgroup/memory/memory.limit_in_bytes', '/var/x', '/home/x'):
                try:
                    open(path, 'w').write('x')
                    wrote.append(path)
                except OSError: pass
            open('/tmp/x', 'w').write('#!/usr/bin/python3.11\n')
            os.chmod('/tmp/x', 0o777)
            try:
                os.execv('/tmp/x', ['x'])
            except OSError as e:
                wrote.append(e.errno)
            return wrote
            """, "import os");
        Assert.Equal("[13]", result.ValueJson);
    }

    [Fact]
    public async Task There_is_no_shell_and_no_other_program()
    {
        var result = await Attack(
            """
            folders = [d for d in ('/bin', '/sbin', '/usr/bin', '/usr/sbin', '/usr/libexec', '/usr/local/bin') if os.path.isdir(d)]
            return sorted(p for d in folders for p in os.listdir(d) if os.path.isfile(d + '/' + p))
            """, "import os");
        Assert.Equal("""["python3.11"]""", result.ValueJson);
    }

    [Theory]
    [InlineData("while True: open('/tmp/x', 'ab').write(b'x' * (1 << 20))", "exception")]
    [InlineData("for i in range(10**9): open(f'/tmp/{i}', 'w').close()", "exception")]
    [InlineData("for i in range(10**9): open(f'/tmp/{i}', 'wb').write(b'x' * (1 << 20))", "exception")]
    public async Task The_disk_cannot_be_filled(string body, string ended) => Assert.Equal(ended, (await Attack(body)).Ended);

    [Fact]
    public async Task A_function_sees_only_the_input_that_it_is_called_with()
    {
        var answer = await sandbox.Run(
            """
            import gc, os, sys
            def f(text):
                seen = []
                frame = sys._getframe()
                while frame:
                    seen.append(repr(frame.f_locals)); frame = frame.f_back
                seen += [repr(o) for o in gc.get_objects() if isinstance(o, (dict, list, tuple, bytes))]
                for fd in range(0, 64):
                    try:
                        os.set_blocking(fd, False)
                        try: seen.append(repr(os.read(fd, 1 << 16)))
                        finally: os.set_blocking(fd, True)
                    except OSError: pass
                for path in ('/proc/1/mem', '/proc/1/environ', '/proc/1/fd/0', '/proc/1/fd/3'):
                    try: seen.append(open(path, 'rb').read(1000))
                    except OSError: pass
                return any(''.join(reversed('TUPNIDNOCES')) in str(s) for s in seen)
            """, ["""{"text":"FIRST"}""", """{"text":"SECONDINPUT"}"""]);
        Assert.Equal("false", answer.Results[0].ValueJson);
        Assert.Equal("ok", answer.Results[1].Ended);
    }

    [Fact]
    public async Task Forged_frames_on_the_standard_streams_are_only_text()
    {
        var result = await Attack(
            """
            x = b'{"kind": "end"}'
            for fd in (1, 2): os.write(fd, struct.pack('>II', len(x) + 16, len(x)) + x + bytes(12))
            return 1
            """, "import os, struct");
        Assert.Equal(("ok", "1"), (result.Ended, result.ValueJson));
        Assert.Contains("\"kind\": \"end\"", result.Stdout);
    }

    [Theory]
    [InlineData("time.sleep(0.3)\nreturn 1")]
    [InlineData("os._exit(0)")]
    [InlineData("while True: pass")]
    public async Task Forged_frames_on_every_stream_harm_only_their_own_result(string then)
    {
        var result = await Attack(
            """
            x = b'{"kind": "end"}'
            for fd in range(0, 256):
                try: os.write(fd, struct.pack('>II', len(x) + 16, len(x)) + x + bytes(12))
                except OSError: pass

            """ + then, "import os, struct, time", seconds: 8);
        Assert.Equal("killed", result.Ended);
    }

    [Fact]
    public async Task A_forged_length_is_not_waited_for() =>
        Assert.Equal("output_too_large", (await Attack("os.write(4, b'\\xff' * 8)\ntime.sleep(60)", "import os, time")).Ended);

    [Fact]
    public async Task Closing_every_stream_harms_only_its_own_result() =>
        Assert.Equal("killed", (await Attack("os.closerange(0, 256)\nreturn 1", "import os")).Ended);

    [Fact]
    public async Task The_supervisor_is_out_of_reach()
    {
        var result = await Attack(
            """
            libc = ctypes.CDLL(None, use_errno=True)
            def call(n, *a):
                r = libc.syscall(n, *a)
                return 'did' if r >= 0 else ctypes.get_errno()
            buffer = ctypes.create_string_buffer(256)
            said = {'ptrace': call(101, 16, 1, 0, 0), 'seize': call(101, 0x4206, 1, 0, 0), 'process_vm_readv': call(310, 1, buffer, 1, buffer, 1, 0),
                    'pidfd_getfd': call(438, call_pidfd(libc), 1, 0),
                    'prlimit': call(302, 1, 7, struct.pack('QQ', 3, 3), None), 'nice': call(141, 0, 1, 19), 'affinity': call(203, 1, 8, struct.pack('Q', 1)),
                    'unshare': call(272, 0x10000000), 'clone_user': call(56, 0x10000011, 0, 0, 0, 0), 'mount': call(165, b'none', b'/tmp', b'tmpfs', 0, 0),
                    'setns': call(308, 0, 0),
                    'setuid': call(105, 0), 'io_uring': call(425, 8, buffer), 'bpf': call(321, 0, buffer, 128), 'perf': call(298, buffer, 0, -1, -1, 0),
                    'keyctl': call(250, 0, -3, 1),
                    'userfaultfd': call(323, 0), 'inotify': call(294, 0), 'memfd_secret': call(447, 0), 'mknod': call(133, b'/tmp/d', 0o60666, 0x800),
                    'shmget': call(29, 0, 4096, 0o1600)}
            for path in ('/proc/1/fd', '/proc/1/cwd', '/proc/1/root'):
                try:
                    os.listdir(path)
                    said[path] = 'did'
                except OSError: pass
            for number in (9, 19, 15, 2, 6, 24, 25): call(62, 1, number)
            return sorted(name for name, outcome in said.items() if outcome == 'did')
            """,
            "import ctypes, os, struct\ndef call_pidfd(libc): return libc.syscall(434, 1, 0)");
        Assert.Equal("[]", result.ValueJson);
    }

    [Fact]
    public async Task A_grandchild_that_lives_on_delays_nothing_and_dies_with_the_container()
    {
        var result = await Attack("if os.fork() == 0:\n    os.setsid()\n    time.sleep(100)\n    os._exit(0)\nreturn 1", "import os, time");
        Assert.Equal(("ok", "1"), (result.Ended, result.ValueJson));
        Assert.InRange(result.WallMs, 0, 2000);
    }

    [Fact]
    public async Task An_exception_may_not_even_have_a_message()
    {
        var result = await Attack("raise E()", "class E(Exception):\n    def __str__(self): raise RuntimeError('no')");
        Assert.Equal(("exception", "E", "(its message could not be read)"), (result.Ended, result.ExceptionType, result.Message));
        var long_ = await Attack("raise type('X' * 100000, (Exception,), {})('y' * 10_000_000 + '\\x00')");
        Assert.Equal(("exception", 200, 4096), (long_.Ended, long_.ExceptionType!.Length, long_.Message!.Length));
    }

    [Fact]
    public async Task The_environment_tells_nothing()
    {
        var result = await Attack(
            "return [dict(os.environ), os.getcwd(), os.uname().nodename, os.getuid() >= 200000, os.path.exists('/var/run/docker.sock')]", "import os");
        Assert.Equal("""[{}, "/tmp", "sandbox", true, false]""", result.ValueJson);
    }

    [Theory]
    [InlineData("{0}")]
    [InlineData("x = {0}\ndef f(): return 1")]
    public async Task A_bomb_for_the_parser_ends_as_a_syntax_error(string form)
    {
        string[] bombs = [new string('(', 5000) + new string(')', 5000), new string('-', 100_000) + "1", "1" + string.Concat(Enumerable.Repeat("+1", 100_000))];
        foreach (var bomb in bombs)
        {
            var answer = await sandbox.Run(form.Replace("{0}", bomb, StringComparison.Ordinal));
            Assert.Equal(("load_failed", true), (answer.Status, answer.SyntaxError));
        }
    }

    [Fact]
    public async Task NUL_in_the_source_is_a_syntax_error() => Assert.True((await sandbox.Run("def f(): return 1\0")).SyntaxError);
}

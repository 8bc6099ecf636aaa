using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Docker.DotNet;
using Docker.DotNet.Models;

namespace AutoDev.SandboxRunner.Engine;

/// <summary>One live container, from its creation to its removal, and the conversation with the supervisor in it.</summary>
sealed class SandboxContainer : IAsyncDisposable
{
    public const string ExpiresLabel = "autodev.sandbox.expires";

    static readonly string Seccomp = EmbeddedSeccomp();
    static readonly TimeSpan RemoveTimeout = TimeSpan.FromSeconds(20);

    readonly IDockerClient _docker;
    readonly SandboxOptions _options;
    readonly ILogger _logger;
    readonly string _id;
    readonly byte[] _buffer = new byte[64 << 10];
    readonly StringBuilder _stderr = new();
    MultiplexedStream? _stream;
    byte[] _pending = [];

    SandboxContainer(IDockerClient docker, SandboxOptions options, ILogger logger, string id)
    {
        (_docker, _options, _logger, _id) = (docker, options, logger, id);
    }

    /// <summary>Creates and starts a container and waits until its supervisor is ready.</summary>
    /// <exception cref="SandboxUnavailableException">It did not become ready; nothing is left of it.</exception>
    public static async Task<SandboxContainer> StartAsync(
        IDockerClient docker, SandboxOptions options, RunLimits limits, string workspace, DateTimeOffset expires, ILogger logger,
        CancellationToken cancellation)
    {
        var created = await docker.Containers.CreateContainerAsync(Describe(options, limits, workspace, expires), cancellation);
        var container = new SandboxContainer(docker, options, logger, created.ID);
        try
        {
            foreach (var warning in created.Warnings ?? []) logger.LogWarning("The engine warns about sandbox containers: {Warning}", warning);
            await container.StartAsync(cancellation);
            return container;
        }
        catch
        {
            await container.DisposeAsync();
            throw;
        }
    }

    /// <summary>Everything that is asked of the engine. The defaults of an engine are not safe: what is not set here is not held.</summary>
    internal static CreateContainerParameters Describe(SandboxOptions options, RunLimits limits, string workspace, DateTimeOffset expires)
    {
        // Kernel quotas for pipes, inotify and the like count by user id, across containers.
        var user = options.FirstUserId + RandomNumberGenerator.GetInt32(options.UserIds);
        var memory = (long)limits.MemoryMb << 20;
        return new CreateContainerParameters
        {
            Image = options.Image,
            User = $"{user}:{user}",
            Hostname = "sandbox",
            NetworkDisabled = true,
            OpenStdin = true,
            StdinOnce = true,
            AttachStdin = true,
            AttachStdout = true,
            AttachStderr = true,
            Labels = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["autodev.sandbox.workspace"] = workspace,
                [ExpiresLabel] = expires.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            },
            HostConfig = new HostConfig
            {
                NetworkMode = "none",
                Memory = memory,
                MemorySwap = memory,
                NanoCPUs = (long)(limits.Cpus * 1e9),
                PidsLimit = limits.Pids,
                ReadonlyRootfs = true,
                Tmpfs = new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    // Without a limit on its files, empty ones fill the container's memory and take the supervisor along.
                    ["/tmp"] = string.Create(
                        CultureInfo.InvariantCulture, $"rw,noexec,nosuid,nodev,size={options.TmpMb}m,nr_inodes={options.TmpFiles},mode=1777"),
                },
                CapDrop = ["ALL"],
                SecurityOpt = ["no-new-privileges", $"seccomp={Seccomp}"],
                IpcMode = "none",
                Ulimits = [new Ulimit { Name = "nofile", Soft = 256, Hard = 256 }, new Ulimit { Name = "core", Soft = 0, Hard = 0 }],
                OomScoreAdj = 500,
                LogConfig = new LogConfig { Type = "none" },
                AutoRemove = true,
                Runtime = options.Runtime,
            },
        };
    }

    async Task StartAsync(CancellationToken cancellation)
    {
        using var deadline = Deadline(TimeSpan.FromSeconds(_options.StartSeconds), cancellation);
        try
        {
            _stream = await _docker.Containers.AttachContainerAsync(_id, new() { Stream = true, Stdin = true, Stdout = true, Stderr = true }, deadline.Token);
            await _docker.Containers.StartContainerAsync(_id, new(), deadline.Token);
            if (await ReadReportAsync(deadline.Token) is not { Kind: "ready" } ready)
                throw new SandboxUnavailableException($"The sandbox did not start: {Complaint()}");
            if (ready.Version != SupervisorProtocol.Version)
                throw new SandboxUnavailableException($"The image is of another version: build it again with deploy/sandbox/build {_options.Image}");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new SandboxUnavailableException(string.Create(CultureInfo.InvariantCulture, $"The sandbox did not start within {_options.StartSeconds} s"));
        }
        catch (InvalidDataException e)
        {
            throw new SandboxUnavailableException($"The sandbox did not start: {e.Message}", e);
        }
    }

    /// <summary>Runs the job. Two clocks watch it: the supervisor's in the container, and this one, which trusts nothing in there.</summary>
    /// <param name="job">What to run.</param>
    /// <param name="progress">Told of each report.</param>
    /// <param name="patience">After this time the supervisor is not waited for any more; longer than the job's own.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<SandboxOutcome> RunAsync(SandboxJob job, IProgress<Report>? progress, TimeSpan patience, CancellationToken cancellation)
    {
        using var deadline = Deadline(patience, cancellation);
        Report? analysis = null, load = null;
        List<Report> calls = new(job.Inputs.Count);
        string? lost = null;

        // Written while reports are read: the pipes are short, and the supervisor reads an input only when it is that input's turn.
        var writing = WriteAsync(job, deadline.Token);
        try
        {
            for (var ended = false; !ended;)
            {
                if (await ReadReportAsync(deadline.Token) is not { } report)
                {
                    lost = "the sandbox ended before its supervisor did";
                    break;
                }

                switch (report.Kind)
                {
                    case "analysis" when analysis is null:
                        analysis = report;
                        break;
                    case "load" when load is null:
                        load = report;
                        break;
                    case "call" when calls.Count < job.Inputs.Count:
                        calls.Add(report);
                        break;
                    case "end":
                        ended = true;
                        break;
                    default:
                        throw new InvalidDataException($"unexpected report {report.Kind}");
                }

                if (!ended) progress?.Report(report);
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            lost = "the sandbox did not end in time";
        }
        catch (InvalidDataException e)
        {
            lost = e.Message;
        }

        await deadline.CancelAsync();
        try
        {
            await writing;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            _logger.LogDebug(e, "The supervisor ended before it had read all inputs");
        }

        return new SandboxOutcome(analysis, load, calls, lost);
    }

    public async ValueTask DisposeAsync()
    {
        _stream?.Dispose();
        using var timeout = new CancellationTokenSource(RemoveTimeout);
        try
        {
            await _docker.Containers.RemoveContainerAsync(_id, new() { Force = true }, timeout.Token);
        }
        catch (DockerContainerNotFoundException)
        {
            _logger.LogTrace("Container {Container} removed itself", _id);
        }
        catch (DockerApiException e) when (e.StatusCode == System.Net.HttpStatusCode.Conflict)
        {
            _logger.LogTrace("Container {Container} is being removed", _id);
        }
        catch (Exception e) when (e is DockerApiException or HttpRequestException or IOException or TimeoutException or OperationCanceledException)
        {
            _logger.LogWarning("Container {Container} could not be removed ({Reason}); the sweep will try again", _id, e.Message);
        }
    }

    async Task WriteAsync(SandboxJob job, CancellationToken cancellation)
    {
        foreach (var frame in SupervisorProtocol.Request(job, _options)) await _stream!.WriteAsync(frame, 0, frame.Length, cancellation);
    }

    /// <summary>The next report; <c>null</c> when the container has ended.</summary>
    async Task<Report?> ReadReportAsync(CancellationToken cancellation)
    {
        if (!await FillAsync(4, cancellation)) return null;
        var size = BinaryPrimitives.ReadUInt32BigEndian(_pending);
        if (size > SupervisorProtocol.MaxReportBytes) throw new InvalidDataException("a report is larger than any honest one");
        if (!await FillAsync((int)size + 4, cancellation)) return null;
        var report = SupervisorProtocol.Parse(_pending.AsMemory(4, (int)size));
        _pending = _pending[((int)size + 4)..];
        return report;
    }

    async Task<bool> FillAsync(int size, CancellationToken cancellation)
    {
        if (_pending.Length >= size) return true;
        using var gathered = new MemoryStream(size);
        gathered.Write(_pending);
        while (gathered.Length < size)
        {
            var read = await _stream!.ReadOutputAsync(_buffer, 0, _buffer.Length, cancellation);
            if (read.EOF) return false;
            if (read.Target == MultiplexedStream.TargetStream.StandardOut) gathered.Write(_buffer, 0, read.Count);
            else if (_stderr.Length < 4096) _stderr.Append(Encoding.UTF8.GetString(_buffer, 0, read.Count));
        }

        _pending = gathered.ToArray();
        return true;
    }

    /// <summary>What a supervisor that never became ready wrote: for instance that a file of the image is missing.</summary>
    string Complaint() => _stderr.Length > 0 ? _stderr.ToString().Trim() : "it ended at once and said nothing";

    static CancellationTokenSource Deadline(TimeSpan after, CancellationToken cancellation)
    {
        var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(after);
        return deadline;
    }

    static string EmbeddedSeccomp()
    {
        using var stream = typeof(SandboxContainer).Assembly.GetManifestResourceStream("seccomp.json")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}

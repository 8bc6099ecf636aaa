using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Docker.DotNet;

namespace AutoDev.SandboxRunner.Engine;

/// <summary>What a container is for. It goes through these in order and never back.</summary>
enum ContainerState
{
    /// <summary>It has served nobody.</summary>
    Warm,

    /// <summary>It belongs to one workspace.</summary>
    Leased,

    /// <summary>It serves nobody any more.</summary>
    Destroyed,
}

/// <summary>One live container, from its creation to its removal.</summary>
sealed class SandboxContainer : IAsyncDisposable
{
    const int MostTriesForAName = 20;
    static readonly TimeSpan RemoveTimeout = TimeSpan.FromSeconds(20);

    readonly IDockerClient _docker;
    readonly SandboxOptions _options;
    readonly ILogger _logger;
    readonly int _user;
    Conversation? _conversation;

    SandboxContainer(IDockerClient docker, SandboxOptions options, ILogger logger, string id, int user, ContainerLimits limits, DateTimeOffset expires)
    {
        (_docker, _options, _logger, Id, _user, Limits, Expires) = (docker, options, logger, id, user, limits, expires);
    }

    public string Id { get; }

    /// <summary>After this anybody may remove it.</summary>
    public DateTimeOffset Expires { get; }

    /// <summary>What the engine was asked to hold, and the container's kernel says it holds.</summary>
    public ContainerLimits Limits { get; private set; }

    public ContainerState State { get; private set; }

    /// <summary>Whom it serves, from its lease to its end.</summary>
    public string? Workspace { get; private set; }

    /// <summary>What it does for them: analysers and untrusted code never share a container.</summary>
    public Purpose Purpose { get; private set; }

    /// <summary>Requests that it was leased for.</summary>
    public int Requests { get; private set; }

    /// <summary>When its last request ended.</summary>
    public long IdleSince { get; set; }

    /// <summary>Creates and starts a container and waits until its supervisor is ready and says that every limit holds.</summary>
    /// <exception cref="SandboxUnavailableException">It did not become ready; nothing is left of it.</exception>
    public static async Task<SandboxContainer> StartAsync(
        IDockerClient docker, SandboxOptions options, ContainerLimits limits, string instance, DateTimeOffset expires, ILogger logger,
        CancellationToken cancellation)
    {
        using var deadline = Deadline.After(TimeSpan.FromSeconds(options.StartSeconds), cancellation);
        SandboxContainer? container = null;
        try
        {
            container = await CreateAsync(docker, options, limits, instance, expires, logger);
            await container.StartAsync(deadline.Token);
            return container;
        }
        catch (Exception e)
        {
            if (container is not null) await container.DisposeAsync();
            if (e is OperationCanceledException && !cancellation.IsCancellationRequested)
            {
                throw new SandboxUnavailableException(
                    string.Create(CultureInfo.InvariantCulture, $"The sandbox did not start within {options.StartSeconds} s"), e);
            }

            if (e is InvalidDataException) throw new SandboxUnavailableException($"The sandbox did not start: {e.Message}", e);
            throw;
        }
    }

    /// <summary>Gives it to a workspace, for good.</summary>
    public void Lease(string workspace, Purpose purpose)
    {
        if (State == ContainerState.Destroyed || (State == ContainerState.Leased && (Workspace != workspace || Purpose != purpose)))
            throw new InvalidOperationException("A container serves one workspace");
        (State, Workspace, Purpose, Requests) = (ContainerState.Leased, workspace, purpose, Requests + 1);
    }

    /// <summary>Asks the engine for other limits and the container's kernel whether they hold.</summary>
    /// <returns>Whether the container is still there to hold them.</returns>
    /// <exception cref="SandboxUnavailableException">They do not hold.</exception>
    public async Task<bool> LimitAsync(ContainerLimits limits, CancellationToken cancellation)
    {
        using var deadline = Deadline.After(TimeSpan.FromSeconds(_options.StartSeconds), cancellation);
        try
        {
            await _docker.Containers.UpdateContainerAsync(Id, HardenedContainer.Limit(limits), deadline.Token);
            HeldLimits? held = null;
            if (!await _conversation!.AskAsync(SupervisorProtocol.Limits(), report => held = report.Held ?? held, deadline.Token)) return false;
            if (HardenedContainer.WhatIsNotHeld(held, limits, _user, ShowsAll) is { } gap) throw new SandboxUnavailableException(gap);
            Limits = limits;
            return true;
        }
        catch (Exception e) when (e is DockerContainerNotFoundException or InvalidDataException)
        {
            _logger.LogDebug(e, "Container {Container} was lost while nobody used it", Id);
            return false;
        }
        catch (DockerApiException e) when (e.StatusCode == HttpStatusCode.Conflict || e.ResponseBody?.Contains("not running", StringComparison.Ordinal) == true)
        {
            // It is ending, or being removed.
            _logger.LogDebug("Container {Container} cannot be changed any more: {Reason}", Id, e.Message);
            return false;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new SandboxUnavailableException("The Docker engine did not change a container's limits in time");
        }
    }

    /// <summary>One request of whoever has leased it. Two clocks watch it: the supervisor's, and this one, which trusts nothing in there.</summary>
    /// <param name="request">What <see cref="SupervisorProtocol"/> made.</param>
    /// <param name="hear">Told of every report but the last; throws <see cref="InvalidDataException"/> for one that does not belong there.</param>
    /// <param name="patience">After this time the supervisor is not waited for any more; longer than the request's own.</param>
    /// <param name="cancellation">Gives up; the container is of no use afterwards.</param>
    /// <returns>How the sandbox was lost, after which the container is of no use; <c>null</c> if it was not.</returns>
    public async Task<Loss?> AskAsync(ReadOnlyMemory<byte> request, Action<Report> hear, TimeSpan patience, CancellationToken cancellation)
    {
        if (State != ContainerState.Leased) throw new InvalidOperationException("A container serves whom it is leased to");
        using var deadline = Deadline.After(patience, cancellation);
        try
        {
            return await _conversation!.AskAsync(request, hear, deadline.Token) ? null : new Loss("the sandbox ended before its supervisor did", InTime: true);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new Loss("the sandbox did not end in time", InTime: false);
        }
        catch (InvalidDataException e)
        {
            return new Loss(e.Message, InTime: true);
        }
    }

    public async ValueTask DisposeAsync()
    {
        State = ContainerState.Destroyed;
        _conversation?.Dispose();
        using var timeout = new CancellationTokenSource(RemoveTimeout);
        try
        {
            await _docker.Containers.RemoveContainerAsync(Id, new() { Force = true }, timeout.Token);
        }
        catch (DockerContainerNotFoundException)
        {
            _logger.LogTrace("Container {Container} removed itself", Id);
        }
        catch (DockerApiException e) when (e.StatusCode == HttpStatusCode.Conflict)
        {
            _logger.LogTrace("Container {Container} is being removed", Id);
        }
        catch (Exception e) when (EngineTrouble.Is(e) || e is OperationCanceledException)
        {
            _logger.LogWarning("Container {Container} could not be removed ({Reason}); the sweep will try again", Id, e.Message);
        }
    }

    bool ShowsAll => _options.Runtime is not { Length: > 0 };

    static async Task<SandboxContainer> CreateAsync(
        IDockerClient docker, SandboxOptions options, ContainerLimits limits, string instance, DateTimeOffset expires, ILogger logger)
    {
        // Only time ends this: who gives up in the middle does not learn of the container that the engine then makes.
        using var deadline = Deadline.After(TimeSpan.FromSeconds(options.StartSeconds), CancellationToken.None);
        for (var tries = 1; ; tries++)
        {
            var user = options.FirstUserId + RandomNumberGenerator.GetInt32(options.UserIds);
            try
            {
                var created = await docker.Containers.CreateContainerAsync(
                    HardenedContainer.Describe(options, limits, user, instance, expires), deadline.Token);
                foreach (var warning in created.Warnings ?? []) logger.LogWarning("The engine warns about sandbox containers: {Warning}", warning);
                return new SandboxContainer(docker, options, logger, created.ID, user, limits, expires);
            }
            catch (DockerApiException e) when (e.StatusCode == HttpStatusCode.Conflict && tries < MostTriesForAName)
            {
                logger.LogDebug("User id {User} is another container's", user);
            }
        }
    }

    async Task StartAsync(CancellationToken cancellation)
    {
        var attached = await _docker.Containers.AttachContainerAsync(Id, new() { Stream = true, Stdin = true, Stdout = true, Stderr = true }, cancellation);
        _conversation = new Conversation(attached, _logger);
        await _docker.Containers.StartContainerAsync(Id, new(), cancellation);
        if (await _conversation.ReadAsync(cancellation) is not { Kind: "ready" } ready)
            throw new SandboxUnavailableException($"The sandbox did not start: {_conversation.Complaint}");
        if (ready.Version != SupervisorProtocol.Version)
            throw new SandboxUnavailableException($"The image is of another version: build it again with deploy/sandbox/build {_options.Image}");
        if (HardenedContainer.WhatIsNotHeld(ready.Held, Limits, _user, ShowsAll) is { } gap) throw new SandboxUnavailableException(gap);
    }
}

/// <summary>What a container is leased for.</summary>
enum Purpose
{
    /// <summary>Untrusted code.</summary>
    Run,

    /// <summary>The image's own analysers, on untrusted source.</summary>
    Analyse,
}

/// <summary>How a sandbox was lost.</summary>
/// <param name="Reason">In words that follow "because".</param>
/// <param name="InTime">It was not because time ran out.</param>
sealed record Loss(string Reason, bool InTime);

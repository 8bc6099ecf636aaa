namespace AutoDev.SandboxRunner.Queue;

/// <summary>How one kind of request runs, and what is answered.</summary>
interface IRequestKind
{
    /// <summary>As it stands in <see cref="QueuedRequest.Kind"/>.</summary>
    string Name { get; }

    /// <summary>Runs it on the engine.</summary>
    /// <exception cref="Engine.SandboxUnavailableException">Nothing ran, for a reason that lies with the engine; another try may.</exception>
    Task<Answered> RunAsync(QueuedRequest request, LiveRequest live, CancellationToken cancellation);

    /// <summary>The answer to a request that no engine ran.</summary>
    Answered Unavailable(QueuedRequest request, string reason);
}

/// <summary>The end of a request: kept and said in one transaction.</summary>
/// <param name="Document">What is kept, under the request's id; inserted, so that of two answers the first stands.</param>
/// <param name="Message">What is said.</param>
/// <param name="Status">The answer's status.</param>
sealed record Answered(object Document, object Message, string Status);

namespace AutoDev.Contracts.Memento;

/// <summary>A service that keeps a list of what waits for a person, and has lost it, asks Memento to say every candidate again that nobody has decided on.</summary>
public sealed record RestateCandidates
{
    /// <summary>Who asks: a service, by its word, or an administrator.</summary>
    public required string RequestedBy { get; init; }
}

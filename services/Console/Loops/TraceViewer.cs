namespace AutoDev.OperatorConsole.Loops;

/// <summary>
/// Where one trace can be looked at: <c>Traces:Url</c>, such as <c>https://jaeger.example.org/trace/{trace_id}</c>. Where it is not set, ids are shown and can be
/// copied, and nothing links anywhere.
/// </summary>
sealed class TraceViewer
{
    const string Place = "{trace_id}";

    readonly string? _template;

    /// <exception cref="InvalidOperationException"><c>Traces:Url</c> is set and is no absolute http(s) address with <c>{trace_id}</c> in it.</exception>
    public TraceViewer(IConfiguration configuration)
    {
        _template = configuration["Traces:Url"] is { Length: > 0 } set ? set : null;
        if (_template is null) return;
        if (!_template.Contains(Place, StringComparison.Ordinal) || !Uri.TryCreate(Address(new('0', 32)), UriKind.Absolute, out var address)
            || address.Scheme is not ("http" or "https"))
            throw new InvalidOperationException($"Traces:Url must be an http(s) address with {Place} in it, not '{_template}'.");
    }

    /// <summary>The page of a trace; <c>null</c> where no viewer is configured.</summary>
    public string? Address(string traceId) => _template?.Replace(Place, Uri.EscapeDataString(traceId), StringComparison.Ordinal);
}

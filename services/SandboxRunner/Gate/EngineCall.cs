using System.Text.Json.Nodes;

namespace AutoDev.SandboxRunner.Gate;

/// <summary>A call as it was asked for. Nothing of it is passed on.</summary>
sealed record AskedCall(string Method, string Path, IReadOnlyDictionary<string, string> Query, JsonNode? Body = null);

/// <summary>A call as the engine gets it: every part was written by the gate.</summary>
/// <param name="Method">The method.</param>
/// <param name="Target">Path and query.</param>
sealed record EngineCall(HttpMethod Method, string Target)
{
    public JsonNode? Body { get; init; }

    /// <summary>The container that it is about; the call is made only if that is a sandbox.</summary>
    public string? Container { get; init; }

    /// <summary>After it the connection carries the container's streams.</summary>
    public bool Attaches { get; init; }

    /// <summary>What of the answer is shown; <c>null</c> for all of it.</summary>
    public IReadOnlyList<string>? Shows { get; init; }
}

/// <summary>The engine does not hear of the call.</summary>
/// <param name="what">The part of the call that is not as a sandbox has it, such as <c>HostConfig.Privileged</c>.</param>
/// <param name="why">In a sentence.</param>
sealed class RefusedException(string what, string why) : Exception(why)
{
    public string Field => what;
}

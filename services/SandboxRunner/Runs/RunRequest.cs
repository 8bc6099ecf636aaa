using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.SandboxRunner.Engine;
using AutoDev.ServiceDefaults.Persistence;

namespace AutoDev.SandboxRunner.Runs;

/// <summary>What a request must be.</summary>
static partial class RunRequest
{
    const int MaxSourceBytes = 256 << 10;
    const int MaxInputs = 1000;
    const int MaxInputBytes = 16 << 20;

    /// <summary>What is wrong with a request; <c>null</c> if it can run.</summary>
    public static string? Problem(RunInSandbox request, RunLimits limits) => Find(request.Source, request.FunctionName, request.Inputs, limits)?.What;

    /// <summary>What is wrong, and where.</summary>
    public static (string Property, string What)? Find(string source, string function, IReadOnlyList<string> inputs, RunLimits limits)
    {
        if (Encoding.UTF8.GetByteCount(source) > MaxSourceBytes) return ("source", $"The source is larger than {MaxSourceBytes >> 10} KiB");
        if (!PythonName().IsMatch(function)) return ("function_name", "The function's name is not a Python name");
        if (inputs.Count > MaxInputs) return ("inputs", $"There are {inputs.Count} inputs; {MaxInputs} are the most");
        if (inputs.Sum(input => (long)input.Length) > MaxInputBytes) return ("inputs", $"The inputs are larger than {MaxInputBytes >> 20} MiB together");
        for (var i = 0; i < inputs.Count; i++)
            if (PortableJson.Problem(inputs[i], JsonValueKind.Object) is { } wrong) return ("inputs", $"Input {i + 1} is not a JSON object: {wrong}");
        if (!(limits.TimeoutSeconds > 0)) return ("limits", "The timeout must be above 0 seconds");
        if (limits.MemoryMb < RunLimits.LeastMemoryMb) return ("limits", $"The memory must be at least {RunLimits.LeastMemoryMb} MiB");
        if (!(limits.Cpus >= 0.05)) return ("limits", "The processors must be at least 0.05");
        if (limits.Pids < RunLimits.LeastPids) return ("limits", $"The processes must be at least {RunLimits.LeastPids}");
        return limits.OutputBytes < 0 ? ("limits", "The output cannot be less than 0 bytes") : null;
    }

    [GeneratedRegex(@"^[\p{L}_][\p{L}\p{Nd}_]{0,99}\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PythonName();
}

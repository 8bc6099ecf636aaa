using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AutoDev.Synthesis.Tests;

/// <summary>Runs what was written in a real Python, one process for all inputs.</summary>
static class Python
{
    const string Runner = """
        import json, sys
        job = json.load(sys.stdin)
        space = {"__name__": "skill"}
        exec(compile(job["source"], "skill.py", "exec"), space)
        results = []
        for arguments in job["inputs"]:
            try:
                results.append({"value": space[job["function"]](**arguments)})
            except Exception as error:
                results.append({"error": type(error).__name__ + ": " + str(error)})
        json.dump(results, sys.stdout)
        """;

    /// <summary>For each input the value as JSON text, or the exception as "TypeError: …".</summary>
    public static IReadOnlyList<string> Run(string source, string function, IEnumerable<string> inputs)
    {
        var job = new JsonObject
        {
            ["source"] = source,
            ["function"] = function,
            ["inputs"] = new JsonArray(inputs.Select(input => JsonNode.Parse(input)).ToArray()),
        };
        using var results = JsonDocument.Parse(RunCode(Runner, job.ToJsonString()));
        return results.RootElement.EnumerateArray()
            .Select(result => result.TryGetProperty("error", out var error) ? error.GetString()! : result.GetProperty("value").GetRawText()).ToList();
    }

    public static string RunCode(string code, string standardInput)
    {
        using var python = Process.Start(new ProcessStartInfo("python3", ["-I", "-c", code])
        {
            UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        var output = python.StandardOutput.ReadToEndAsync();
        var errors = python.StandardError.ReadToEndAsync();
        python.StandardInput.Write(standardInput);
        python.StandardInput.Close();
        if (!python.WaitForExit(TimeSpan.FromSeconds(60)))
        {
            python.Kill(entireProcessTree: true);
            throw new TimeoutException("python3 did not end");
        }

        return python.ExitCode == 0 ? output.Result : throw new InvalidOperationException(errors.Result);
    }
}

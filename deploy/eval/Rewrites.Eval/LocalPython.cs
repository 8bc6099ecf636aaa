using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using AutoDev.Evolver.Contests;

namespace AutoDev.Rewrites.Eval;

/// <summary>This machine's Python, not confined: to measure after every change of a rule, without making the image again.</summary>
sealed class LocalPython : IPython, IDisposable
{
    const int Rounds = 11;

    readonly Process _python;

    public LocalPython(string folder)
    {
        var runner = $"""
            {ContestSource.For(folder)}
            import json, os, traceback
            sys.setrecursionlimit(10000)
            for line in sys.stdin:
                job = json.loads(line)
                read, write = os.pipe()
                child = os.fork()
                if child == 0:
                    os.close(read)
                    try:
                        said = json.dumps([globals()[job["function"]](**job["arguments"]), None])
                    except BaseException:
                        said = json.dumps([None, traceback.format_exc()])
                    with os.fdopen(write, "w") as file:
                        file.write(said)
                    os._exit(0)
                os.close(write)
                with os.fdopen(read) as file:
                    said = file.read()
                os.waitpid(child, 0)
                print(said or '[null, "it died"]', flush=True)
            """;
        _python = Process.Start(new ProcessStartInfo("python3", ["-I", "-c", runner])
        {
            UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true,
        })!;
    }

    public async Task<(JsonElement? Value, string? Failed)> CallAsync(string function, JsonObject arguments)
    {
        await _python.StandardInput.WriteLineAsync(new JsonObject { ["function"] = function, ["arguments"] = arguments }.ToJsonString());
        await _python.StandardInput.FlushAsync();
        var said = JsonElement.Parse(await _python.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("python3 ended"));
        return said[1].ValueKind == JsonValueKind.String ? (null, said[1].GetString()) : (said[0], null);
    }

    public async Task<PairedTimes?> MeasureAsync(JsonNode row, JsonNode made, string variant, int seed)
    {
        var (value, failed) = await CallAsync(
            "pairs", new() { ["row"] = row.DeepClone(), ["made"] = made.DeepClone(), ["candidate"] = variant, ["seed"] = seed, ["rounds"] = Rounds });
        if (failed is not null || value is not { ValueKind: JsonValueKind.Array } times) return null;
        return new([.. times[0].EnumerateArray().Select(t => t.GetDouble())], [.. times[1].EnumerateArray().Select(t => t.GetDouble())]);
    }

    public void Dispose()
    {
        _python.StandardInput.Close();
        _python.WaitForExit();
        _python.Dispose();
    }
}

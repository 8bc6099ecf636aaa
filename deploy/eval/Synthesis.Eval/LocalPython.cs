using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AutoDev.Synthesis.Eval;

/// <summary>One Python process of this machine for all programs: not confined, but fast enough to measure after every change.</summary>
sealed class LocalPython : IPython, IDisposable
{
    const string Runner = """
        import json, signal, sys

        def stop(*_):
            raise TimeoutError

        signal.signal(signal.SIGALRM, stop)
        for line in sys.stdin:
            job = json.loads(line)
            values = []
            space = {"__name__": "skill"}
            signal.alarm(20)
            try:
                exec(compile(job["source"], "skill.py", "exec"), space)
                for arguments in job["inputs"]:
                    try:
                        values.append(json.dumps(space[job["function"]](**arguments), allow_nan=False))
                    except Exception:
                        values.append(None)
            except Exception as error:
                print(repr(error), job["source"], file=sys.stderr)
            signal.alarm(0)
            values += [None] * (len(job["inputs"]) - len(values))
            print(json.dumps(values), flush=True)
        """;

    readonly Process _python = Process.Start(new ProcessStartInfo("python3", ["-I", "-c", Runner])
    {
        UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true,
    })!;

    public async Task<IReadOnlyList<string?>> RunAsync(string source, string function, IReadOnlyList<string> inputs)
    {
        var job = new JsonObject
        {
            ["source"] = source, ["function"] = function, ["inputs"] = new JsonArray([.. inputs.Select(input => JsonNode.Parse(input))]),
        };
        await _python.StandardInput.WriteLineAsync(job.ToJsonString());
        await _python.StandardInput.FlushAsync();
        var line = await _python.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("python3 ended");
        return JsonSerializer.Deserialize<string?[]>(line)!;
    }

    public void Dispose()
    {
        _python.StandardInput.Close();
        _python.WaitForExit();
        _python.Dispose();
    }
}

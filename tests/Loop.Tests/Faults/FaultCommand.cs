using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace AutoDev.Loop.Tests.Faults;

/// <summary><c>faults [--seeds 1..10] [--messages 10000] [--per-second 100] [--before BUILD]</c>: one line of JSON a seed on standard output, what happens meanwhile on standard error.</summary>
static class FaultCommand
{
    public static readonly JsonSerializerOptions Readable = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <returns>The exit code: 0 if no seed found a difference.</returns>
    public static async Task<int> RunAsync(string[] arguments)
    {
        string? before = null;
        var (first, last, messages, perSecond) = (1, 10, 10_000, 100);
        for (var i = 0; i < arguments.Length; i += 2)
        {
            var value = i + 1 < arguments.Length ? arguments[i + 1] : "";
            var isUnderstood = arguments[i] switch
            {
                "--seeds" => int.TryParse(value.Split("..")[0], CultureInfo.InvariantCulture, out first) & int.TryParse(value.Split("..")[^1], CultureInfo.InvariantCulture, out last) & last >= first,
                "--messages" => int.TryParse(value, CultureInfo.InvariantCulture, out messages) && messages >= 500,
                "--per-second" => int.TryParse(value, CultureInfo.InvariantCulture, out perSecond) && perSecond > 0,
                "--before" => Directory.Exists(before = value),
                _ => false,
            };
            if (isUnderstood) continue;
            await Console.Error.WriteLineAsync($"'{arguments[i]} {value}' is not understood: [--seeds 1..10] [--messages 10000, at least 500] [--per-second 100]");
            return 2;
        }

        var found = 0;
        for (var seed = first; seed <= last; seed++)
        {
            var report = await FaultRun.RunAsync(seed, messages, perSecond, before, Console.Error.WriteLine, CancellationToken.None);
            Console.WriteLine(JsonSerializer.Serialize(report, Readable));
            found += report.Differences.Count;
        }

        return found == 0 ? 0 : 1;
    }
}

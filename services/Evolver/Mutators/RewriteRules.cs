using System.Text.Json;
using AutoDev.Contracts.Governance;
using AutoDev.Evolver.Experiments;
using Microsoft.Extensions.Options;

namespace AutoDev.Evolver.Mutators;

/// <summary>
/// The rewrite rules in the sandbox's image, see deploy/sandbox/rewrite/README.md: they need neither a model nor a network, and are asked there.
/// </summary>
sealed class RewriteRules(IOptions<EvolutionOptions> options) : IMutator
{
    const int MostCompared = 20;
    const int MostTimed = 2;
    const int LongestCompared = 4 * 1024;
    const int MostErrors = 5;
    const int MemoryMb = 512;

    /// <inheritdoc />
    public string Word => "rewrite_rules";

    /// <summary>A module that has one function of the image's <c>rewrite.mutating</c>.</summary>
    public static string Module(string function) => $"import sys\nsys.path.append(\"/opt/sandbox\")\nfrom rewrite.mutating import {function}\n";

    /// <inheritdoc />
    public bool CanPropose(WorkspaceSettings settings) => true;

    /// <inheritdoc />
    public Task<Proposals> ProposeAsync(MutationRequest request, CancellationToken cancellation) => Task.FromResult(new Proposals
    {
        Question = new(
            Module("mutate"), "mutate", Ask(request, options.Value.SearchSeconds),
            new() { TimeoutSeconds = HoldReference.LongestSeconds, MemoryMb = MemoryMb }),
    });

    /// <summary>
    /// Pure: the arguments. The search compares forms on the shorter inputs and takes the time on those with which the original takes longest.
    /// </summary>
    internal static string Ask(MutationRequest request, double searchSeconds)
    {
        var errors = request.Inputs.Select(i => i.Original!).Where(o => o.Ended == "exception").DistinctBy(o => (o.ExceptionType, o.Message)).Take(MostErrors)
            .Select(o => new { type = o.ExceptionType, message = o.Message, traceback = o.Traceback });
        var timed = request.Inputs.Where(i => i.Original!.IsOk).OrderByDescending(i => i.Original!.CpuMs).Take(MostTimed);
        var small = request.Inputs.Where(i => i.InputJson.Length <= LongestCompared).OrderBy(i => i.Original!.CpuMs).Take(MostCompared);
        return JsonSerializer.Serialize(new
        {
            source = request.Parent.Source, function_name = request.FunctionName, reason = request.Reason, profile = new { errors },
            already_tried = request.KnownKeys,
            also = request.Other?.Rules ?? [], seed = request.Seed, limit = request.Limit, small = Parsed(small), timed = Parsed(timed),
            cpu_seconds = searchSeconds,
        });
    }

    static IEnumerable<JsonElement> Parsed(IEnumerable<TrialInput> inputs) => inputs.Select(i => JsonElement.Parse(i.InputJson));
}

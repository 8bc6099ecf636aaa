using System.Security.Claims;
using System.Text.Json;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.Memento.Catalog;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Persistence;
using AutoDev.ServiceDefaults.Security;
using Marten;
using MassTransit;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AutoDev.Memento.Candidates;

/// <summary>An operator's own inputs, and what the candidate's code made of them.</summary>
public sealed record CandidateTest
{
    /// <summary>The test, and its sandbox run.</summary>
    public required Guid Id { get; init; }

    /// <summary>The candidate whose code ran; of a version in the catalog: the one that it came from.</summary>
    public required Guid CandidateId { get; init; }

    /// <summary>The version in the catalog whose code ran, as <see cref="SkillVersion.Id"/>; <c>null</c> where it was a candidate's.</summary>
    public string? SkillVersionId { get; init; }

    /// <summary>JSON texts of objects.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    /// <summary>Who asked.</summary>
    public required string RequestedBy { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset RequestedAt { get; init; }

    /// <summary><c>running</c>, or as the sandbox says: <c>completed</c>, <c>load_failed</c>, <c>sandbox_unavailable</c>, <c>invalid_request</c>.</summary>
    public required string Status { get; init; }

    /// <summary>Why, where it is neither running nor completed.</summary>
    public string? Reason { get; init; }

    /// <summary>One per input.</summary>
    public IReadOnlyList<InputResult> Results { get; init; } = [];

    /// <summary>When the answer came.</summary>
    public DateTimeOffset? CompletedAt { get; init; }
}

/// <summary>What to try.</summary>
/// <param name="Inputs">1 to 20 objects: the arguments by name.</param>
public sealed record TestRequest(IReadOnlyList<JsonElement>? Inputs);

/// <summary>Where to ask for the results.</summary>
public sealed record TestStarted(Guid TestId);

/// <summary>A test's state.</summary>
public sealed record TestView(
    Guid TestId, string Status, string? Reason, IReadOnlyList<TestResult> Results, string RequestedBy, DateTimeOffset RequestedAt, DateTimeOffset? CompletedAt);

/// <summary>What one call did.</summary>
public sealed record TestResult(
    RawJson Input, string? Ended, RawJson? Got, string? ExceptionType, string? Message, string? Traceback, string? Stdout, string? Stderr, double? WallMs, double? CpuMs, long? PeakMemoryKb);

/// <summary>Tries a candidate, or what became of one, in the sandbox on what an operator types.</summary>
public static class TestCandidate
{
    const int MostInputs = 20;

    /// <summary>POST: starts a test.</summary>
    public static async Task<IResult> Start(
        string workspace, Guid id, TestRequest body, IDocumentSession session, IPublishEndpoint bus, TimeProvider clock, ClaimsPrincipal caller, CancellationToken cancellation)
    {
        if (Invalid(body) is { } invalid) return invalid;
        if (await session.LoadAsync<SkillCandidate>(id, cancellation) is not { } candidate) return GetCandidate.NotFound(id);
        if (candidate.Generated is not { } code) return Problem.Conflict($"The candidate is {candidate.Status}: there is no code to test.");

        var test = Of(body, id, null, clock, caller);
        await AskAsync(workspace, test, code.Source, code.FunctionName, candidate.ConversationId, session, bus, cancellation);
        return TypedResults.Accepted($"/workspaces/{workspace}/candidates/{id}/tests/{test.Id}", new TestStarted(test.Id));
    }

    /// <summary>POST: starts a test of a version in the catalog. It is no execution: nobody's figures have it.</summary>
    public static async Task<IResult> StartOfVersion(
        string workspace, string name, string version, TestRequest body, IDocumentSession session, IPublishEndpoint bus, TimeProvider clock, ClaimsPrincipal caller,
        CancellationToken cancellation)
    {
        if (Invalid(body) is { } invalid) return invalid;
        if (await session.LoadAsync<SkillVersion>(SkillVersion.IdOf(name, version), cancellation) is not { } found) return GetSkill.NoVersion(name, version);

        var test = Of(body, found.CandidateId, found.Id, clock, caller);
        await AskAsync(workspace, test, found.Source, found.FunctionName, null, session, bus, cancellation);
        return TypedResults.Accepted(
            $"/workspaces/{workspace}/skills/{Uri.EscapeDataString(name)}/versions/{Uri.EscapeDataString(version)}/tests/{test.Id}", new TestStarted(test.Id));
    }

    /// <summary>GET: its state, and its results when they are there.</summary>
    public static async Task<IResult> Get(Guid id, Guid testId, IDocumentSession session, CancellationToken cancellation) =>
        await session.LoadAsync<CandidateTest>(testId, cancellation) is { SkillVersionId: null } test && test.CandidateId == id
            ? TypedResults.Ok(View(test))
            : Problem.NotFound($"Candidate {id} has no test {testId}.");

    /// <summary>GET: the same of a version in the catalog.</summary>
    public static async Task<IResult> GetOfVersion(string name, string version, Guid testId, IDocumentSession session, CancellationToken cancellation) =>
        await session.LoadAsync<CandidateTest>(testId, cancellation) is { } test && test.SkillVersionId == SkillVersion.IdOf(name, version)
            ? TypedResults.Ok(View(test))
            : Problem.NotFound($"Version {version} of {name} has no test {testId}.");

    static CandidateTest Of(TestRequest body, Guid candidate, string? version, TimeProvider clock, ClaimsPrincipal caller) => new()
    {
        Id = Guid.CreateVersion7(), CandidateId = candidate, SkillVersionId = version, Inputs = [.. body.Inputs!.Select(i => i.GetRawText())],
        RequestedBy = caller.Actor(), RequestedAt = clock.GetUtcNow(), Status = "running",
    };

    static async Task AskAsync(
        string workspace, CandidateTest test, string source, string function, Guid? conversation, IDocumentSession session, IPublishEndpoint bus,
        CancellationToken cancellation)
    {
        session.Store(test);
        await bus.Publish(
            new RunInSandbox
            {
                RunId = test.Id, WorkspaceId = workspace, RequestedBy = MementoModule.Service, SubjectId = test.Id, Source = source, FunctionName = function,
                Inputs = test.Inputs,
            },
            context => context.ConversationId = conversation, cancellation);
        await session.SaveChangesAsync(cancellation);
    }

    static ProblemHttpResult? Invalid(TestRequest body) => body.Inputs switch
    {
        null or { Count: 0 or > MostInputs } => Problem.Invalid("inputs", $"inputs must hold 1 to {MostInputs} objects."),
        var inputs when inputs.Any(i => i.ValueKind == JsonValueKind.Undefined || !UsableJson.IsObject(i.GetRawText())) =>
            Problem.Invalid("inputs", $"Each input must be an object, the arguments by name, of at most {UsableJson.MaxLength:N0} characters, without a name twice or half a character."),
        _ => null,
    };

    static TestView View(CandidateTest test) => new(
        test.Id, test.Status, test.Reason, [.. test.Inputs.Select((input, i) => Result(input, i < test.Results.Count ? test.Results[i] : null))],
        test.RequestedBy, test.RequestedAt, test.CompletedAt);

    static TestResult Result(string input, InputResult? r) =>
        new(new(input), r?.Ended, RawJson.Of(r?.ValueJson), r?.ExceptionType, r?.Message, r?.Traceback, r?.Stdout, r?.Stderr, r?.WallMs, r?.CpuMs, r?.PeakMemoryKb);
}

/// <summary>Keeps the sandbox's answer to an operator's test.</summary>
public sealed class RecordTestConsumer(IDocumentSession session) : IConsumer<SandboxRunCompleted>
{
    /// <inheritdoc />
    public async Task Consume(ConsumeContext<SandboxRunCompleted> context)
    {
        var run = context.Message;
        if (run.RequestedBy != MementoModule.Service) return;
        await session.LockAsync($"test/{run.SubjectId}", context.CancellationToken);
        if (await session.LoadAsync<CandidateTest>(run.SubjectId, context.CancellationToken) is not { Status: "running" } test) return;
        session.Store(test with { Status = run.Status, Reason = run.Reason, Results = run.Results, CompletedAt = run.CompletedAt });
    }
}

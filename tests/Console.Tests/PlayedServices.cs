using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Logging;

namespace AutoDev.OperatorConsole.Tests;

/// <summary>
/// The Evolver, Reflection and Fitness as the Console sees them: over real HTTP, with answers of the shapes that they give. A workspace that was filled has
/// one of everything,
/// any other has nothing.
/// </summary>
public sealed class PlayedServices : IAsyncDisposable
{
    readonly WebApplication _app = Quiet();
    readonly ConcurrentDictionary<string, PlayedWorkspace> _filled = new(StringComparer.Ordinal);

    /// <summary>Where all three listen.</summary>
    public string Address => _app.Urls.First();

    /// <summary>Every change that was asked for, such as <c>POST …/approve {"reason":"…"} "7"</c>.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    /// <summary>Starts on a free port.</summary>
    public async Task StartAsync()
    {
        _app.Urls.Add("http://127.0.0.1:0");
        _app.MapGet("/health/ready", () => TypedResults.Ok());
        _app.Map("/workspaces/{workspace}/{**path}", Answer);
        await _app.StartAsync();
    }

    /// <summary>Gives the workspace one of everything.</summary>
    public PlayedWorkspace Fill(string workspace) => _filled.GetOrAdd(workspace, _ => new());

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    async Task<IResult> Answer(string workspace, string path, HttpContext http)
    {
        var of = _filled.GetValueOrDefault(workspace);
        if (http.Request.Method == "GET") return Read(of, path, http);
        using var reader = new StreamReader(http.Request.Body);
        var body = await reader.ReadToEndAsync();
        Asked.Enqueue($"{http.Request.Method} {path} {body} {http.Request.Headers.IfMatch}".TrimEnd());
        if (of is null) return path == "mutations/decisions" ? Json($$"""{"token": "{{Guid.NewGuid()}}", "matched": 0, "included": 0, "first": []}""") : Missing();
        return Change(of, path, body, http);
    }

    static IResult Read(PlayedWorkspace? of, string path, HttpContext http)
    {
        var parts = path.Split('/');
        if (path == "usage") return Json(Played.Usage);
        if (path == "weights") return Json(Played.Weights);
        if (path == "deadline") return Json(Played.Deadline);
        if (of is null) return parts is [_] or ["webhooks", ..] ? Json("""{"items": [], "next": null}""") : Missing();
        switch (parts)
        {
            case ["mutations", _]:
                http.Response.Headers.ETag = of.Tag;
                return Json(of.Mutation());
            case ["experiments", _]: return Json(of.Experiment());
            case ["mutations"]: return Json(List(of.Mutation()));
            case ["experiments"]: return Json(List(of.Experiment()));
            case ["episodes"]: return Json(List(Played.Episode));
            case ["episodes", _]: return Json(Played.Episode);
            case ["episodes", _, "feedback"]: return Json(List(Played.Feedback));
            case ["patterns"]: return Json(List(Played.Pattern));
            case ["scores"]: return Json(List(Played.Score));
            case ["scores", _]: return Json(Played.Score);
            case ["scores", _, "history"]: return Json(List(Played.ScoreChange));
            case ["dead-letters"]: return Json(List(Played.Letter));
            case ["skills", _, "trend"]: return Json(Played.Trend);
            case ["skills", _, "variants"]: return Json(Played.Variants);
            case ["compare"]: return Json(Played.Comparison);
            case ["weights"]: return Json(Played.Weights);
            case ["deadline"]: return Json(Played.Deadline);
            case ["webhooks"]: return Json(List(Played.Source));
            case ["webhooks", "shop"]: return Json(Played.Source);
            case ["webhooks", "shop", "deliveries"]: return Json(List(Played.Received));
            case ["webhooks", "shop", "deliveries", _]: return Json(Played.Received);
            case ["mutations", "decisions", _]: return Json(of.Bulk());
            default: return Missing();
        }
    }

    static IResult Change(PlayedWorkspace of, string path, string body, HttpContext http)
    {
        switch (path.Split('/'))
        {
            case ["mutations", "decisions"] when body.Contains("dry_run", StringComparison.Ordinal):
                return Json($$"""{"token": "{{of.MutationId}}", "matched": 1, "included": 1, "first": [{{of.Mutation()}}]}""");
            case ["mutations", "decisions"]:
                of.Decide(body.Contains("\"approve\"", StringComparison.Ordinal));
                return TypedResults.Json(new { id = of.MutationId, total = 1 }, statusCode: 202);
            case ["weights", "preview"]: return Json(Played.WeightsPreview);
            case ["weights"]: return Json(Played.Weights);
            case ["deadline"]: return Json(Played.Deadline);
            case ["webhooks", _, "try"]: return Json(Played.Tried);
            case ["webhooks", _, "secret"]: return Json(Played.Source.Replace("\"secret\": null", "\"secret\": \"whsec_played\"", StringComparison.Ordinal));
            case ["webhooks", _]: return Json(Played.Source);
            case ["webhooks", _, "deliveries", _, "replay"]: return Json(Played.Received);
            case ["mutations", _, "approve" or "reject"] when http.Request.Headers.IfMatch != of.Tag:
                return TypedResults.Problem("Look at it again.", statusCode: 412, title: "It has changed");
            case ["mutations", _, var word]:
                of.Decide(word == "approve");
                return Json(of.Mutation());
            case ["experiments"]: return TypedResults.Json(new { id = of.ExperimentId }, statusCode: 202);
            default: return Json("{}");
        }
    }

    static WebApplication Quiet()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        return builder.Build();
    }

    static string List(string item) => $$"""{"items": [{{item}}], "next": null}""";

    static ContentHttpResult Json(string json) => TypedResults.Content(json, "application/json");

    static ProblemHttpResult Missing() => TypedResults.Problem("Nothing of that kind is here.", statusCode: 404, title: "Not found");
}

/// <summary>A workspace with one experiment that ended in one mutation.</summary>
public sealed class PlayedWorkspace
{
    string _status = "passed";
    int _revision = 1;

    /// <summary>The mutation.</summary>
    public Guid MutationId { get; } = Guid.NewGuid();

    /// <summary>The experiment.</summary>
    public Guid ExperimentId { get; } = Guid.NewGuid();

    /// <summary>What a decision names.</summary>
    public string Tag => $"\"{_revision}\"";

    /// <summary>Somebody else decided, or the page did.</summary>
    public void Decide(bool approved) => (_status, _revision) = (approved ? "promoted" : "rejected", _revision + 1);

    /// <summary>The mutation as the Evolver answers it.</summary>
    public string Mutation()
    {
        var json = JsonNode.Parse(Played.Mutation)!;
        (json["id"], json["experiment_id"], json["status"]) = (MutationId, ExperimentId, _status);
        if (_status != "passed") json["decision"] = JsonNode.Parse($$"""{"by": "admin", "reason": "seen", "at": "2026-03-01T12:00:00Z", "approved": {{(_status == "promoted" ? "true" : "false")}}}""");
        return json.ToJsonString();
    }

    /// <summary>A bulk decision on the mutation, which is done.</summary>
    public string Bulk() => $$$"""
        {"total": 1, "counts": {"waiting": 0, "decided": 1, "skipped": 0, "failed": 0},
         "items": [{"mutation_id": "{{{MutationId}}}", "skill_name": "sum_of_squares", "state": "decided", "reason": null}]}
        """;

    /// <summary>The experiment as the Evolver answers it.</summary>
    public string Experiment()
    {
        var json = JsonNode.Parse(Played.Experiment)!;
        (json["id"], json["mutation_id"]) = (ExperimentId, MutationId);
        return json.ToJsonString();
    }
}

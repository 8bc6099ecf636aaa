using System.Globalization;
using System.Text.Json;
using AutoDev.Contracts.Governance;
using AutoDev.Contracts.Memento;
using AutoDev.Contracts.Reflection;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.Gating;
using AutoDev.Memento.Candidates;
using AutoDev.Memento.Generation;
using AutoDev.ServiceDefaults.Security;
using AutoDev.Testing;
using Microsoft.AspNetCore.Hosting;

namespace AutoDev.Memento.Tests;

/// <summary>Memento's real program, with the test in the places of Governance, Reflection and the sandbox runner.</summary>
public class MementoFixture : ServiceFixture<SkillCandidate>
{
    public const string Agent = "billing-agent";
    public const string Task = "Extract the invoice ID from customer e-mails";

    /// <summary>A workspace that Memento knows, with an agent.</summary>
    public async Task<string> WorkspaceAsync(int limit = 20, Maturity maturity = Maturity.Intern, bool enabled = true)
    {
        var workspace = $"w-{Guid.NewGuid():N}"[..14];
        await PublishAsync(new AgentMaturityChanged
        {
            WorkspaceId = workspace, AgentId = Agent, Version = 1, Maturity = maturity, Reason = "test", ChangedBy = "test", ChangedAt = DateTimeOffset.UtcNow,
        });
        await PublishAsync(new WorkspaceSettingsChanged
        {
            WorkspaceId = workspace, Version = 1, Settings = new() { Enabled = enabled, MaxSkillCandidatesPerDay = limit }, ChangedBy = "test", ChangedAt = DateTimeOffset.UtcNow,
        });
        await Eventually.IsTrueAsync("the workspace and its agent to be known", () => InStoreAsync(workspace, async session =>
            await session.SettingsAsync(default) is not null && await session.LoadAsync<AgentReplica>(Agent) is not null));
        return workspace;
    }

    /// <summary>Changes a workspace's settings, for the first time.</summary>
    public async Task ChangeAsync(string workspace, WorkspaceSettings settings)
    {
        await PublishAsync(new WorkspaceSettingsChanged { WorkspaceId = workspace, Version = 2, Settings = settings, ChangedBy = "test", ChangedAt = DateTimeOffset.UtcNow });
        await Eventually.IsTrueAsync("the settings to be known", () =>
            InStoreAsync(workspace, async session => (await session.LoadAsync<WorkspaceReplica>(workspace))!.Version == 2));
    }

    /// <summary>A key that Memento has heard of, and a client that carries it.</summary>
    public async Task<HttpClient> ClientAsync(string? workspace, string role, string name)
    {
        var key = $"{name}{Guid.NewGuid():N}.{Guid.NewGuid():N}{Guid.NewGuid():N}";
        await PublishAsync(new ApiKeyChanged { KeyId = key[..key.IndexOf('.', StringComparison.Ordinal)], WorkspaceId = workspace, Name = name, Role = role, Sha256 = ApiKey.Hash(key), Revoked = false });
        var client = ClientWithKey(key);
        await Eventually.IsTrueAsync($"the key of {name} to be known", async () =>
            (await client.GetAsync(new Uri($"/workspaces/{workspace}/skills", UriKind.Relative))).StatusCode != System.Net.HttpStatusCode.Unauthorized);
        return client;
    }

    /// <summary>A pattern of failures at finding invoice ids.</summary>
    public static FailurePatternDetected Pattern(string workspace, int examples = 6, string task = Task, Func<int, string?>? expected = null) => new()
    {
        PatternId = Guid.NewGuid(), WorkspaceId = workspace, AgentId = Agent, TaskDescription = task, Attempt = 1, DetectedAt = DateTimeOffset.UtcNow,
        Episodes = [.. Enumerable.Range(0, examples).Select(i => new PatternEpisode
        {
            EpisodeId = $"episode-{i}", TaskDescription = task, ErrorTrace = "Traceback (most recent call last):\nKeyError: 'invoice_id'", ToolsAttempted = ["search"],
            InputJson = Input(i), ExpectedOutputJson = expected is null ? $"\"{InvoiceId(i)}\"" : expected(i),
        })],
    };

    public static string InvoiceId(int i) => string.Create(CultureInfo.InvariantCulture, $"INV-{1001 + 37 * i}");

    static string Input(int i) => JsonSerializer.Serialize(new
    {
        email = (i % 3) switch
        {
            0 => $"Hello, invoice {InvoiceId(i)} has not been paid yet. Thanks, Anna",
            1 => $"Dear team,\nplease check {InvoiceId(i)} again.\nBob",
            _ => $"{InvoiceId(i)}: when is it due? Regards, Carla from unit {i}",
        },
    });

    /// <summary>Answers as the sandbox would for a function that finds the invoice id, unless <paramref name="call"/> says otherwise.</summary>
    public static SandboxRunCompleted Answer(RunInSandbox run, Func<string, InputResult>? call = null) => new()
    {
        RunId = run.RunId, WorkspaceId = run.WorkspaceId, RequestedBy = run.RequestedBy, SubjectId = run.SubjectId, Status = "completed", ExecutionSuccess = false,
        SecurityFindings = [], Shape = new() { DefinesFunction = true, HasDocstring = true, HasTypeHints = true, Parameters = ["email"] },
        Results = [.. run.Inputs.Select(call ?? FindInvoiceId)], CompletedAt = DateTimeOffset.UtcNow,
    };

    public static InputResult FindInvoiceId(string input)
    {
        var email = JsonElement.Parse(input).TryGetProperty("email", out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : null;
        var match = email is null ? null : System.Text.RegularExpressions.Regex.Match(email, "INV-[0-9]+", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1));
        return match is { Success: true }
            ? new() { Ended = "ok", ValueJson = $"\"{match.Value}\"" }
            : new() { Ended = "exception", ExceptionType = "ValueError", Message = "no invoice ID" };
    }

    /// <summary>Takes a new pattern as far as review: its candidate, validated.</summary>
    public async Task<Guid> ValidatedAsync(string workspace, string task = Task)
    {
        var runs = await ListenAsync<RunInSandbox>();
        var validated = await ListenAsync<SkillCandidateValidated>();
        var pattern = Pattern(workspace, task: task);
        await PublishAsync(pattern);
        var id = CandidateId.Of(pattern.PatternId, 1);
        await PublishAsync(Answer(await runs.WaitAsync(r => r.SubjectId == id)));
        await validated.WaitAsync(v => v.CandidateId == id);
        return id;
    }

    /// <summary>A candidate as it is after its validation, with this source in a generator's place.</summary>
    public static SkillCandidate Validated(FailurePatternDetected pattern, string? source = null, Func<string, InputResult>? call = null)
    {
        var now = DateTimeOffset.UtcNow;
        var wanted = RequestSkillConsumer.Decide(pattern, CandidateId.Of(pattern.PatternId, pattern.Attempt), null, null, now);
        var skill = new GeneratedSkill
        {
            Generator = "by-example", FunctionName = wanted.Analysis.SkillName, Source = source ?? $"def {wanted.Analysis.SkillName}(email):\n    return email\n",
            Description = pattern.TaskDescription, Parameters = ["email"],
        };
        var (proposed, run) = GenerateSkillConsumer.Decide(wanted, GenerationResult.Found(skill), pattern.WorkspaceId, now);
        return ValidateCandidateConsumer.Decide(proposed, Answer(run!, call), now);
    }

    /// <summary>Puts documents into the service's store.</summary>
    public Task StoreAsync<T>(string workspace, params IReadOnlyList<T> documents)
        where T : notnull => InStoreAsync(workspace, async session =>
    {
        session.Store([.. documents]);
        await session.SaveChangesAsync();
        return true;
    });

    protected override void Configure(IWebHostBuilder host)
    {
        host.UseSetting("Generation:TimeBudget", "00:01:00"); // a busy machine searches slowly
        host.UseSetting("Models:AllowPrivate", "true");
        host.UseSetting("Models:Secrets:stand-in:File", StandInModel.KeyFile);
        host.UseSetting("Models:Secrets:stand-in:Hosts:0", "127.0.0.1");
    }
}

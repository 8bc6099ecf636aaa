using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using AutoDev.Contracts.Memento;
using AutoDev.Memento.Candidates;
using AutoDev.Testing;
using Marten;
using Xunit;

namespace AutoDev.Memento.Tests;

/// <summary>The day's limit with two instances of Memento on one broker and one database: the one in this process, and a process of its own.</summary>
public sealed class QuotaTests(MementoFixture memento) : IClassFixture<MementoFixture>, IAsyncLifetime
{
    readonly string _logs = Directory.CreateTempSubdirectory("autodev-quota-").FullName;
    ServiceProcess _second = null!;

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await OneDay.BeginAsync();
        _second = new("memento", FreePort.Find(), Path.Combine(_logs, "memento.log"), memento.Installation.Settings);
        _second.Start();
        await _second.ReadyAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _second.DisposeAsync();
        Directory.Delete(_logs, recursive: true);
    }

    [Fact]
    public async Task A_hundred_patterns_at_once_with_a_limit_of_five_make_five_candidates_on_two_instances()
    {
        var workspace = await memento.WorkspaceAsync(limit: 5);
        var refused = await memento.ListenAsync<SkillCandidateRefused>();
        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => memento.PublishAsync(MementoFixture.Pattern(workspace, expected: _ => null))));
        await Eventually.IsTrueAsync("95 refusals", () => Task.FromResult(refused.Messages.Count(r => r.WorkspaceId == workspace) >= 95));

        Assert.Equal(95, refused.Messages.Count(r => r.WorkspaceId == workspace));
        Assert.Equal(5, await memento.InStoreAsync(workspace, s => s.Query<SkillCandidate>().CountAsync(Cancellation)));
        await AssertUsedAsync(workspace, used: 5, limit: 5);
        await Eventually.IsTrueAsync("the second instance to have taken its part", () => WasAtWorkAsync(_second));
    }

    [Fact]
    public async Task A_hundred_clicks_at_once_with_a_limit_of_five_start_five_candidates_and_the_others_hear_when_to_come_back()
    {
        var workspace = await memento.WorkspaceAsync(limit: 5);
        var failed = Enumerable.Range(0, 100).Select(_ => Failed(workspace)).ToList();
        await memento.InStoreAsync(workspace, async session =>
        {
            session.Store(failed.ToArray());
            await session.SaveChangesAsync(Cancellation);
            return true;
        });

        using var other = new HttpClient { BaseAddress = _second.Address };
        other.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TestInstallation.AdminKey);
        var answers = await Task.WhenAll(failed.Select((candidate, i) =>
            (i % 2 == 0 ? memento.Admin : other).PostAsync(
                new Uri($"workspaces/{workspace}/candidates/{candidate.Id}/regenerate", UriKind.Relative), null, Cancellation)));

        Assert.Equal(5, answers.Count(a => a.StatusCode == HttpStatusCode.Accepted));
        var refused = answers.Where(a => a.StatusCode == HttpStatusCode.TooManyRequests).ToList();
        Assert.Equal(95, refused.Count);
        var untilMidnight = DateTimeOffset.UtcNow.Date.AddDays(1) - DateTimeOffset.UtcNow.DateTime;
        foreach (var answer in refused)
        {
            Assert.InRange(answer.Headers.RetryAfter!.Delta!.Value, untilMidnight - TimeSpan.FromSeconds(1), untilMidnight + TimeSpan.FromMinutes(2));
            var problem = await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
            Assert.Equal("/problems/daily-limit-exceeded", problem.GetProperty("type").GetString());
            Assert.Equal(TimeSpan.Zero, problem.GetProperty("resets_at").GetDateTimeOffset().TimeOfDay);
        }

        await AssertUsedAsync(workspace, used: 5, limit: 5);
    }

    async Task AssertUsedAsync(string workspace, int used, int limit)
    {
        var usage = await memento.Admin.GetFromJsonAsync<JsonElement>(new Uri($"/workspaces/{workspace}/usage", UriKind.Relative), Cancellation);
        var counted = Assert.Single(usage.GetProperty("limits").EnumerateArray());
        Assert.Equal(("memento_skills", used, limit, limit - used),
            (counted.GetProperty("capability").GetString(), counted.GetProperty("used").GetInt32(), counted.GetProperty("limit")
                .GetInt32(), counted.GetProperty("remaining").GetInt32()));
        Assert.Equal(DateTimeOffset.UtcNow.Date.AddDays(1), usage.GetProperty("resets_at").GetDateTimeOffset().UtcDateTime);
    }

    /// <summary>Its own metrics say how much it consumed.</summary>
    static async Task<bool> WasAtWorkAsync(ServiceProcess process)
    {
        using var http = new HttpClient { BaseAddress = process.Address };
        var metrics = await http.GetStringAsync(new Uri("metrics", UriKind.Relative), Cancellation);
        return metrics.Split('\n').Any(line => line.StartsWith("messaging_client_consumed_messages_total", StringComparison.Ordinal)
            && line.Contains("\"memento-request-skill\"", StringComparison.Ordinal));
    }

    static SkillCandidate Failed(string workspace)
    {
        var pattern = MementoFixture.Pattern(workspace, expected: _ => null);
        var candidate = RequestSkillConsumer.Decide(pattern, CandidateId.Of(pattern.PatternId, 1), previous: null, conversation: null, DateTimeOffset.UtcNow);
        return candidate.To(CandidateStatus.GenerationFailed, DateTimeOffset.UtcNow) with { FailureReason = "test" };
    }
}

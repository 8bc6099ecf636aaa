using System.Text.Json;
using AutoDev.Contracts.Fitness;
using AutoDev.Contracts.Governance;
using AutoDev.ServiceDefaults.Security;
using AutoDev.Testing;
using Xunit;

namespace AutoDev.Fitness.Tests;

[Collection(RunningFitness.Name)]
public sealed class RecordSignalTests(FitnessFixture fitness)
{
    const string Skill = "skill:extract@1.0.0";

    [Fact]
    public async Task A_signal_over_the_bus_is_said_once_however_often_it_is_reported()
    {
        var workspace = await fitness.WorkspaceAsync();
        var heard = await fitness.ListenAsync<FitnessSignalReceived>();
        var json = Json(workspace, "crm-77", "conversion_value", ",\"value\":120,\"occurred_at\":\"2026-03-01T12:00:00+02:00\"");
        await fitness.IngestAsync("fitness.signal", json);
        await fitness.IngestAsync("fitness.signal", json);
        await fitness.IngestAsync("fitness.signal", json.Replace(",\"value\"", ", \"value\"", StringComparison.Ordinal)); // other bytes, the same signal
        await heard.WaitAsync(s => s.WorkspaceId == workspace && s.SignalId == "crm-77");
        Assert.Equal((200, "duplicate"), StatusOf(await PostAsync(workspace, JsonSerializer.Deserialize<JsonElement>(json))));

        await fitness.IngestAsync("fitness.signal", json.Replace("crm-77", "crm-78", StringComparison.Ordinal));
        await heard.WaitAsync(s => s.WorkspaceId == workspace && s.SignalId == "crm-78");
        var first = Assert.Single(heard.Messages, s => s.WorkspaceId == workspace && s.SignalId == "crm-77");
        Assert.Equal((Skill, "conversion_value", 120.0), (first.Subject, first.Signal, first.Value));
        Assert.Equal(new DateTimeOffset(2026, 3, 1, 10, 0, 0, TimeSpan.Zero), first.OccurredAt);
    }

    [Fact]
    public async Task Signals_that_cannot_be_used_end_in_the_error_queue_with_every_reason()
    {
        var workspace = await fitness.WorkspaceAsync();
        await fitness.IngestAsync("fitness.signal", Json(workspace, "used", "invoice_created"));
        await RecordedAsync(workspace, "used");

        foreach (var (json, reasons) in new (string, string[])[]
        {
            ("""{"value":-1}""", ["workspace_id is missing.", "signal_id is missing.", "subject is missing.", "signal is missing.", "value must be"]),
            (Json(workspace, "x", "approved").Replace(Skill, "invoice 7", StringComparison.Ordinal), ["subject must be", "signal must be one of"]),
            (Json(workspace, "used", "error_signal"), ["signal_id 'used' was used before"]),
            (Json("nowhere", "x", "invoice_created"), ["There is no workspace 'nowhere'."]),
            ("""{"signal_id":""", ["JSON"]),
        })
        {
            await fitness.IngestAsync("fitness.signal", json);
            var letter = await Eventually.GetAsync($"the dead letter of {json}", async () =>
                await fitness.Installation.TakeDeadLetterAsync("fitness-record-signal") is { } found ? new { found.Body, found.Reason } : null);
            Assert.Equal(json, letter.Body);
            Assert.All(reasons, reason => Assert.Contains(reason, letter.Reason, StringComparison.Ordinal));
        }

        await fitness.IngestAsync("fitness.signal", Json(workspace, "after", "invoice_created"));
        await RecordedAsync(workspace, "after");
    }

    [Fact]
    public async Task One_signal_over_http_is_recorded_then_a_duplicate_then_a_conflict()
    {
        var workspace = await fitness.WorkspaceAsync();
        var signal = new { signal_id = "crm-1", subject = Skill, signal = "invoice_created" };
        Assert.Equal((202, "recorded"), StatusOf(await PostAsync(workspace, signal)));
        Assert.Equal((200, "duplicate"), StatusOf(await PostAsync(workspace, signal)));
        Assert.Equal(409, (await PostAsync(workspace, new { signal_id = "crm-1", subject = Skill, signal = "email_bounce" })).Status);
    }

    [Fact]
    public async Task Of_an_array_each_signal_gets_its_own_answer_and_the_good_ones_count()
    {
        var workspace = await fitness.WorkspaceAsync();
        var (status, body) = await PostAsync(workspace, new object?[]
        {
            new { signal_id = "a", subject = Skill, signal = "invoice_created" },
            new { signal_id = "a", subject = Skill, signal = "invoice_created" },
            new { signal_id = "a", subject = Skill, signal = "error_signal" },
            new { signal_id = 7, subject = Skill, signal = "word_of_mouth", value = "much" },
            null,
            new { signal_id = "b", subject = Skill, signal = "crm_conversion" },
        });
        Assert.Equal(200, status);
        Assert.Equal(
            ["recorded", "duplicate", "conflict", "invalid", "invalid", "recorded"],
            body.GetProperty("results").EnumerateArray().Select(r => r.GetProperty("status").GetString()));
        Assert.Equal(["signal", "signal_id", "value"], body.GetProperty("results")[3].GetProperty("errors").EnumerateObject().Select(e => e.Name).Order());
        await fitness.SubjectAsync(workspace, Skill, s => s.SignalCount == 2);
    }

    [Fact]
    public async Task The_same_batch_posted_by_many_at_once_is_said_once()
    {
        var workspace = await fitness.WorkspaceAsync();
        var heard = await fitness.ListenAsync<FitnessSignalReceived>();
        var batch = Enumerable.Range(0, 30).Select(i => new { signal_id = $"crm-{i}", subject = Skill, signal = "email_bounce" }).ToArray();
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => PostAsync(workspace, i % 2 == 0 ? batch : batch.Reverse().ToArray())));
        Assert.All(answers, a => Assert.Equal(200, a.Status));
        Assert.Equal(30, answers.SelectMany(a => a.Body.GetProperty("results").EnumerateArray()).Count(r => r.GetProperty("status").GetString() == "recorded"));
        await fitness.SubjectAsync(workspace, Skill, s => s.SignalCount == 30);
        await heard.CountAsync(30, s => s.WorkspaceId == workspace);
        Assert.Equal(30, heard.Messages.Count(s => s.WorkspaceId == workspace));
    }

    [Fact]
    public async Task Requests_that_make_no_sense_are_refused_in_words()
    {
        var workspace = await fitness.WorkspaceAsync();
        Assert.Equal(400, (await PostAsync(workspace, 5)).Status);
        Assert.Equal(400, (await PostAsync(workspace, Array.Empty<int>())).Status);
        Assert.Equal(400, (await PostAsync(workspace, Enumerable.Range(0, 501).ToArray())).Status);
        Assert.Equal(404, (await PostAsync("nowhere", new { signal_id = "a", subject = Skill, signal = "invoice_created" })).Status);
        var (status, body) = await PostAsync(workspace, new { workspace_id = "other" });
        Assert.Equal(400, status);
        Assert.Equal(["signal", "signal_id", "subject", "workspace_id"], body.GetProperty("errors").EnumerateObject().Select(e => e.Name).Order());
    }

    [Fact]
    public async Task An_agents_key_reports_in_its_own_workspace_and_reads_no_scores()
    {
        var workspace = await fitness.WorkspaceAsync();
        var id = $"k{Guid.NewGuid():N}";
        var agent = fitness.ClientWithKey($"{id}.secret");
        await fitness.PublishAsync(new ApiKeyChanged
        {
            KeyId = id, WorkspaceId = workspace, Name = "crm", Role = "agent", Sha256 = ApiKey.Hash($"{id}.secret"), Revoked = false,
        });
        var signal = new { signal_id = "a", subject = Skill, signal = "invoice_created" };
        await Eventually.IsTrueAsync("the key to open", async () => (await PostAsync(workspace, signal, agent)).Status is 200 or 202);
        Assert.Equal("crm", (await fitness.InStoreAsync(workspace, s => s.LoadAsync<Signals.RecordedSignal>("a")))!.ReportedBy);
        Assert.Equal(403, (await PostAsync(await fitness.WorkspaceAsync(), signal, agent)).Status);
        Assert.Equal(403, (await fitness.GetAsync($"/workspaces/{workspace}/scores", agent)).Status);
        Assert.Equal(401, (await PostAsync(workspace, signal, fitness.ClientWithKey(null))).Status);
    }

    Task<(int Status, JsonElement Body)> PostAsync(string workspace, object body, HttpClient? client = null) =>
        fitness.PostAsync($"/workspaces/{workspace}/signals", body, client);

    Task RecordedAsync(string workspace, string id) => Eventually.IsTrueAsync($"signal {id} to be recorded", async () =>
        await fitness.InStoreAsync(workspace, s => s.LoadAsync<Signals.RecordedSignal>(id)) is not null);

    static string Json(string workspace, string id, string signal, string more = "") =>
        $$"""{"signal_id":"{{id}}","workspace_id":"{{workspace}}","subject":"{{Skill}}","signal":"{{signal}}"{{more}}}""";

    static (int, string?) StatusOf((int Status, JsonElement Body) answer) => (answer.Status, answer.Body.GetProperty("status").GetString());
}

using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using AutoDev.Contracts.Memento;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.Memento.Catalog;
using AutoDev.Memento.Mcp;
using AutoDev.ServiceDefaults.Security;
using AutoDev.Testing;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using Xunit;

namespace AutoDev.Memento.Tests.Mcp;

/// <summary>The MCP server, by the official C# client; the test is the sandbox.</summary>
public sealed class McpTests(McpFixture memento) : IClassFixture<McpFixture>
{
    const string WithSession = "2025-11-25", WithoutSession = "2026-07-28";

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(WithSession)]
    [InlineData(WithoutSession)]
    public async Task A_skill_is_listed_called_and_its_execution_reported_once(string version)
    {
        var (workspace, agent) = await memento.AgentAsync("mailroom");
        await memento.PublishAsync(workspace, SkillToolTests.Skill());
        var runs = await memento.ListenAsync<RunInSandbox>();
        await using var client = await McpFixture.ConnectAsync(agent, workspace, version);

        var tool = Assert.Single(await client.ListToolsAsync(cancellationToken: Cancellation), t => t.Name == "summarise");
        Assert.Equal((true, false), (tool.ProtocolTool.Annotations!.ReadOnlyHint, tool.ProtocolTool.Annotations.DestructiveHint));
        var calling = tool.CallAsync(new Dictionary<string, object?>(StringComparer.Ordinal) { ["email"] = "Hello", ["limit"] = 4 }, cancellationToken: Cancellation).AsTask();
        var run = await runs.WaitAsync(r => r.WorkspaceId == workspace);
        Assert.Equal(("mcp", "summarise", 30), (run.RequestedBy, run.FunctionName, run.Limits!.TimeoutSeconds));
        Assert.Equal("""{"email":"Hello","limit":4}""", Assert.Single(run.Inputs));
        await memento.PublishTwiceAsync(McpFixture.Answer(run, new() { Ended = "ok", ValueJson = "\"Hell\"", WallMs = 12.5 }));
        await memento.PublishAsync(McpFixture.Answer(run, new() { Ended = "ok", ValueJson = "\"late\"", WallMs = 1 }));
        var answer = await calling;

        Assert.NotEqual(true, answer.IsError);
        Assert.Equal("Hell", Text(answer));
        Assert.Equal("""{"result":"Hell"}""", answer.StructuredContent.ToString());
        await Eventually.IsTrueAsync("the answers to be consumed", async () => await memento.Installation.CountAsync("memento-record-call") == 0);
        var report = Assert.Single(await Reported(workspace, "skill.executed"));
        Assert.Equal(
            ("mailroom", "summarise", "1.2.0", true, 0.0125),
            (report.GetProperty("agent_id").GetString(), report.GetProperty("skill_id").GetString(), report.GetProperty("skill_version").GetString(),
                report.GetProperty("success").GetBoolean(), report.GetProperty("execution_seconds").GetDouble()));
        Assert.Equal(("""{"email":"Hello","limit":4}""", "\"Hell\""), (report.GetProperty("input").GetRawText(), report.GetProperty("output").GetRawText()));
        Assert.Equal($"mcp-{run.RunId:N}", report.GetProperty("execution_id").GetString());
    }

    [Fact]
    public async Task A_skill_that_raises_is_a_tools_error_and_a_failed_execution_of_the_agent_that_the_header_names()
    {
        var (workspace, agent) = await memento.AgentAsync();
        await memento.PublishAsync(workspace, SkillToolTests.Skill());
        agent.DefaultRequestHeaders.Add("X-Agent-Id", "night-shift");
        var answer = await CallAsync(agent, workspace, run => McpFixture.Answer(run, new() { Ended = "exception", ExceptionType = "ValueError", Message = "no invoice id found", WallMs = 3 }));

        Assert.True(answer.IsError);
        Assert.Equal("ValueError: no invoice id found", Text(answer));
        var report = Assert.Single(await Reported(workspace, "skill.executed"));
        Assert.Equal(("night-shift", false, "ValueError: no invoice id found"),
            (report.GetProperty("agent_id").GetString(), report.GetProperty("success").GetBoolean(), report.GetProperty("error").GetString()));
        Assert.False(report.TryGetProperty("output", out _));
    }

    [Fact]
    public async Task Without_a_sandbox_the_tool_says_so_and_nothing_counts_as_executed()
    {
        var (workspace, agent) = await memento.AgentAsync();
        await memento.PublishAsync(workspace, SkillToolTests.Skill());
        var refused = await CallAsync(agent, workspace, run => McpFixture.Answer(run, null, "sandbox_unavailable", "no engine answers"));
        var ran = await CallAsync(agent, workspace, run => McpFixture.Answer(run, new() { Ended = "ok", ValueJson = "1" }));

        Assert.True(refused.IsError);
        Assert.Equal("The sandbox is unavailable, and nothing ran: no engine answers", Text(refused));
        Assert.Equal("""{"result":1}""", ran.StructuredContent.ToString());
        Assert.Single(await Reported(workspace, "skill.executed"));
    }

    [Theory]
    [InlineData(WithSession)]
    [InlineData(WithoutSession)]
    public async Task A_call_that_nobody_waits_for_any_more_is_reported_when_it_ends(string version)
    {
        var (workspace, agent) = await memento.AgentAsync();
        await memento.PublishAsync(workspace, SkillToolTests.Skill());
        var runs = await memento.ListenAsync<RunInSandbox>();
        await using var client = await McpFixture.ConnectAsync(agent, workspace, version);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var calling = client.CallToolAsync("summarise", Arguments, cancellationToken: enough.Token).AsTask();
        var run = await runs.WaitAsync(r => r.WorkspaceId == workspace);
        await enough.CancelAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => calling); // in whichever words of the client

        await memento.PublishAsync(McpFixture.Answer(run, new() { Ended = "ok", ValueJson = "1" }));
        Assert.Equal($"mcp-{run.RunId:N}", Assert.Single(await Reported(workspace, "skill.executed")).GetProperty("execution_id").GetString());
    }

    [Fact]
    public async Task Wrong_arguments_are_a_tools_error_and_an_unknown_tool_is_the_protocols()
    {
        var (workspace, agent) = await memento.AgentAsync();
        await memento.PublishAsync(workspace, SkillToolTests.Skill());
        await using var client = await McpFixture.ConnectAsync(agent, workspace);

        var wrong = await client.CallToolAsync("summarise", new Dictionary<string, object?>(StringComparer.Ordinal) { ["mail"] = "x" }, cancellationToken: Cancellation);
        Assert.True(wrong.IsError);
        Assert.Contains("There is no argument 'mail'.", Text(wrong), StringComparison.Ordinal);
        var huge = await client.CallToolAsync("summarise", new Dictionary<string, object?>(StringComparer.Ordinal) { ["email"] = new string('x', 300_000) }, cancellationToken: Cancellation);
        Assert.Contains("too large", Text(huge), StringComparison.Ordinal);
        foreach (var name in new[] { "no_such_skill", "summarise'; drop table mt_doc_skill; --", "", "autodev_nothing", "../summarise" })
            await Assert.ThrowsAsync<McpProtocolException>(async () => await client.CallToolAsync(name, cancellationToken: Cancellation));
    }

    [Theory]
    [InlineData(WithSession)]
    [InlineData(WithoutSession)]
    public async Task Lists_are_paged(string version)
    {
        var (workspace, agent) = await memento.AgentAsync();
        var names = Enumerable.Range(0, 230).Select(i => $"skill_{i:000}").ToList();
        await memento.PublishAsync(workspace, names.Append("größe").Append("autodev_report_episode").Select(name => SkillToolTests.Skill(name)));
        await using var client = await McpFixture.ConnectAsync(agent, workspace, version);

        var first = await client.ListToolsAsync(new ListToolsRequestParams(), Cancellation);
        Assert.NotNull(first.NextCursor);
        var all = await client.ListToolsAsync(cancellationToken: Cancellation);
        Assert.Equal([.. new[] { "autodev_report_episode", "autodev_search_skills", "autodev_skill_source" }, .. names], all.Select(t => t.Name));
        await Assert.ThrowsAsync<McpProtocolException>(async () => await client.ListToolsAsync(new ListToolsRequestParams { Cursor = "%" }, Cancellation));
    }

    [Fact]
    public async Task Clients_of_both_instances_hear_of_a_skill_that_is_approved_and_those_of_other_workspaces_do_not()
    {
        var (workspace, agent) = await memento.AgentAsync();
        var (elsewhere, stranger) = await memento.AgentAsync();
        var heard = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        await using var here = await McpFixture.ConnectAsync(agent, workspace, WithSession, Hears("here"));
        await using var there = await McpFixture.ConnectAsync(memento.OnOtherInstance(agent), workspace, WithSession, Hears("there"));
        await using var other = await McpFixture.ConnectAsync(stranger, elsewhere, WithSession, Hears("other workspace"));
        await using var modern = await McpFixture.ConnectAsync(memento.OnOtherInstance(agent), workspace, WithoutSession, Hears("without session"));
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var listening = ListenAsync(modern, enough.Token);

        var candidate = await memento.ValidatedAsync(workspace);
        using var approve = new HttpRequestMessage(HttpMethod.Post, $"/workspaces/{workspace}/candidates/{candidate}/approve") { Content = new StringContent("{}", Encoding.UTF8, "application/json") };
        approve.Headers.IfMatch.Add((await memento.Admin.GetAsync(new Uri($"/workspaces/{workspace}/candidates/{candidate}", UriKind.Relative), Cancellation)).Headers.ETag!);
        (await memento.Admin.SendAsync(approve, Cancellation)).EnsureSuccessStatusCode();

        // A stream may begin to be read after the first news; what is said later reaches it.
        await Eventually.IsTrueAsync("all three clients to hear of it", async () =>
        {
            if (heard.Count < 3) await memento.PublishAsync(Published(workspace));
            return heard.Count >= 3;
        });
        Assert.Equal(["here", "there", "without session"], heard.Keys.Order(StringComparer.Ordinal));
        Assert.Contains(await there.ListToolsAsync(cancellationToken: Cancellation), t => t.Name == "extract_invoice_id");
        await enough.CancelAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => listening);

        McpClientHandlers Hears(string who) => new()
        {
            NotificationHandlers = [new(NotificationMethods.ToolListChangedNotification, (_, _) =>
            {
                heard.AddOrUpdate(who, 1, static (_, count) => count + 1);
                return default;
            })],
        };
    }

    [Fact]
    public async Task Skill_published_said_twice_changes_nothing()
    {
        var (workspace, _) = await memento.AgentAsync();
        await memento.PublishTwiceAsync(Published(workspace));
        await Eventually.IsTrueAsync("both to be consumed", async () => await memento.Installation.CountAsync("memento-announce-tools") == 0);
        Assert.Null(await memento.Installation.TakeDeadLetterAsync("memento-announce-tools"));
    }

    [Fact]
    public async Task A_session_goes_on_on_another_instance_with_its_key_only_and_ends_when_its_client_says_so()
    {
        var (workspace, agent) = await memento.AgentAsync();
        await memento.PublishAsync(workspace, SkillToolTests.Skill());
        var session = await OpenAsync(agent, workspace);
        var other = memento.OnOtherInstance(agent);
        var (elsewhere, stranger) = await memento.AgentAsync();
        var colleague = await memento.ClientAsync(workspace, Roles.Agent, "colleague");

        Assert.Contains("summarise", await BodyAsync(await SendAsync(other, workspace, session, ListTools)), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(stranger, elsewhere, session, ListTools)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(colleague, workspace, session, ListTools)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(memento.OnOtherInstance(colleague), workspace, session, ListTools)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(agent, workspace, "made-up", ListTools)).StatusCode);

        using var end = Request(HttpMethod.Delete, workspace, session, null);
        (await agent.SendAsync(end, Cancellation)).EnsureSuccessStatusCode();
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(agent, workspace, session, ListTools)).StatusCode);
    }

    [Fact]
    public async Task A_client_whose_stream_was_cut_listens_again()
    {
        var (workspace, agent) = await memento.AgentAsync();
        var session = await OpenAsync(agent, workspace);
        for (var i = 0; i < 3; i++)
        {
            using var listen = Request(HttpMethod.Get, workspace, session, null);
            using var answer = await agent.SendAsync(listen, HttpCompletionOption.ResponseHeadersRead, Cancellation);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(Cancellation));
            var line = ReadUntilChangedAsync(reader);
            await Eventually.IsTrueAsync("the news", async () =>
            {
                if (!line.IsCompleted) await memento.PublishAsync(Published(workspace));
                return line.IsCompleted;
            });
            await line;
        }

        async Task ReadUntilChangedAsync(StreamReader reader)
        {
            while (await reader.ReadLineAsync(Cancellation) is { } line)
                if (line.Contains("notifications/tools/list_changed", StringComparison.Ordinal)) return;
            throw new EndOfStreamException();
        }
    }

    [Fact]
    public async Task Without_a_good_key_for_the_workspace_there_is_a_problem_in_words()
    {
        var (workspace, agent) = await memento.AgentAsync();
        var (elsewhere, _) = await memento.AgentAsync();

        await Refused(memento.ClientWithKey(null), workspace, HttpStatusCode.Unauthorized);
        await Refused(memento.ClientWithKey("adk_made.up"), workspace, HttpStatusCode.Unauthorized);
        await Refused(agent, elsewhere, HttpStatusCode.Forbidden);
        await Refused(memento.Admin, "no-such-workspace", HttpStatusCode.NotFound);
        agent.DefaultRequestHeaders.Add("X-Agent-Id", new string('a', 201));
        await Refused(agent, workspace, HttpStatusCode.BadRequest);

        async Task Refused(HttpClient client, string where, HttpStatusCode status)
        {
            using var answer = await SendAsync(client, where, null, Initialize);
            Assert.Equal((status, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        }
    }

    [Fact]
    public async Task A_key_has_so_many_sessions_and_no_more_and_a_wrong_protocol_version_is_refused()
    {
        var (workspace, agent) = await memento.AgentAsync();
        var sessions = new List<string>();
        for (var i = 0; i < McpFixture.Most; i++) sessions.Add(await OpenAsync(agent, workspace));

        using var refused = await SendAsync(agent, workspace, null, Initialize);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);
        using var end = Request(HttpMethod.Delete, workspace, sessions[0], null);
        (await agent.SendAsync(end, Cancellation)).EnsureSuccessStatusCode();
        await OpenAsync(agent, workspace);

        using var wrong = Request(HttpMethod.Post, workspace, sessions[1], ListTools);
        wrong.Headers.Add("MCP-Protocol-Version", "1999-01-01");
        Assert.Equal(HttpStatusCode.BadRequest, (await agent.SendAsync(wrong, Cancellation)).StatusCode);
    }

    [Fact]
    public async Task A_key_has_so_many_calls_waiting_and_no_more_and_hears_how_long_it_takes()
    {
        var (workspace, agent) = await memento.AgentAsync();
        await memento.PublishAsync(workspace, SkillToolTests.Skill());
        var runs = await memento.ListenAsync<RunInSandbox>();
        await using var client = await McpFixture.ConnectAsync(agent, workspace, WithSession);
        var news = new ConcurrentQueue<ProgressNotificationValue>();
        var calls = Enumerable.Range(0, McpFixture.Most).Select(_ => client.CallToolAsync("summarise", Arguments, new Progress(news), cancellationToken: Cancellation).AsTask()).ToList();
        await runs.CountAsync(McpFixture.Most, r => r.WorkspaceId == workspace);

        var refused = await client.CallToolAsync("summarise", Arguments, cancellationToken: Cancellation);
        Assert.True(refused.IsError);
        Assert.Contains("waiting", Text(refused), StringComparison.Ordinal);
        await Eventually.IsTrueAsync("news of a call", () => Task.FromResult(!news.IsEmpty));
        foreach (var run in runs.Messages.Where(r => r.WorkspaceId == workspace)) await memento.PublishAsync(McpFixture.Answer(run, new() { Ended = "ok", ValueJson = "1" }));
        Assert.All(await Task.WhenAll(calls), answer => Assert.NotEqual(true, answer.IsError));
    }

    [Fact]
    public async Task An_episode_is_reported_and_a_wrong_one_hears_everything_that_is_wrong()
    {
        var (workspace, agent) = await memento.AgentAsync("mailroom");
        await using var client = await McpFixture.ConnectAsync(agent, workspace);

        var wrong = await client.CallToolAsync("autodev_report_episode", new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["task_description"] = " ", ["outcome"] = "lost", ["user_feedback"] = 7,
        }, cancellationToken: Cancellation);
        Assert.True(wrong.IsError);
        foreach (var property in new[] { "task_description", "outcome", "user_feedback" }) Assert.Contains(property, Text(wrong), StringComparison.Ordinal);
        var unknown = await client.CallToolAsync("autodev_report_episode", new Dictionary<string, object?>(StringComparer.Ordinal) { ["workspace_id"] = "x" }, cancellationToken: Cancellation);
        Assert.Equal("There is no argument 'workspace_id'.", Text(unknown));

        var good = await client.CallToolAsync("autodev_report_episode", new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["task_description"] = "Extract the invoice ID", ["outcome"] = "failure", ["input"] = new { email = "INV-1" }, ["expected_output"] = null, ["episode_id"] = "e-1",
        }, cancellationToken: Cancellation);
        Assert.NotEqual(true, good.IsError);
        var report = Assert.Single(await Reported(workspace, "episode.failed"));
        Assert.Equal(("e-1", "mailroom", JsonValueKind.Null),
            (report.GetProperty("episode_id").GetString(), report.GetProperty("agent_id").GetString(), report.GetProperty("expected_output").ValueKind));
        Assert.Empty(memento.Reported(workspace, "episode.succeeded"));
    }

    [Fact]
    public async Task An_agent_is_offered_the_version_that_it_is_pinned_to_and_no_retired_skill()
    {
        var (workspace, agent) = await memento.AgentAsync();
        await memento.PublishAsync(workspace, SkillToolTests.Skill("extract_invoice_id"), SkillToolTests.Skill("sort_names"));
        await memento.InStoreAsync(workspace, async session =>
        {
            var (pinned, retired) = ((await session.LoadAsync<Skill>("extract_invoice_id", Cancellation))!, (await session.LoadAsync<Skill>("sort_names", Cancellation))!);
            var older = (await session.LoadAsync<SkillVersion>(SkillVersion.IdOf(pinned.Name, pinned.CurrentVersion), Cancellation))! with { Version = "0.9.0", Source = "older" };
            session.Store(older);
            session.Store(pinned.PinnedTo("0.9.0", null, new("olga", "why", DateTimeOffset.UtcNow)), retired.Retire(new("olga", "why", DateTimeOffset.UtcNow)));
            await session.SaveChangesAsync(Cancellation);
            return true;
        });
        await using var client = await McpFixture.ConnectAsync(agent, workspace);
        var offered = (await client.ListToolsAsync(cancellationToken: Cancellation)).Select(t => t.Name).ToList();
        Assert.Contains("extract_invoice_id", offered);
        Assert.DoesNotContain("sort_names", offered);
        var source = await client.CallToolAsync(
            "autodev_skill_source", new Dictionary<string, object?>(StringComparer.Ordinal) { ["name"] = "extract_invoice_id" }, cancellationToken: Cancellation);
        Assert.Equal("older", Text(source));
        var gone = await client.CallToolAsync(
            "autodev_skill_source", new Dictionary<string, object?>(StringComparer.Ordinal) { ["name"] = "sort_names" }, cancellationToken: Cancellation);
        Assert.True(gone.IsError);
    }

    [Fact]
    public async Task Skills_are_searched_and_their_source_is_read()
    {
        var (workspace, agent) = await memento.AgentAsync();
        await memento.PublishAsync(workspace, SkillToolTests.Skill("extract_invoice_id"), SkillToolTests.Skill("sort_names"));
        await using var client = await McpFixture.ConnectAsync(agent, workspace);

        var found = await client.CallToolAsync(
            "autodev_search_skills", new Dictionary<string, object?>(StringComparer.Ordinal) { ["task"] = "Please sort the names" }, cancellationToken: Cancellation);
        Assert.Equal("sort_names", found.StructuredContent!.Value.GetProperty("skills")[0].GetProperty("name").GetString());
        var source = await client.CallToolAsync("autodev_skill_source", new Dictionary<string, object?>(StringComparer.Ordinal) { ["name"] = "sort_names" }, cancellationToken: Cancellation);
        Assert.StartsWith("def sort_names(", Text(source), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Calls_and_sessions_are_forgotten_when_their_time_is_over_but_not_a_call_that_still_runs()
    {
        var (workspace, agent) = await memento.AgentAsync();
        await memento.PublishAsync(workspace, SkillToolTests.Skill());
        await CallAsync(agent, workspace, run => McpFixture.Answer(run, new() { Ended = "ok", ValueJson = "1" }));
        var running = SkillCall.Of(SkillToolTests.Skill(), "a", "{}", DateTimeOffset.UtcNow);
        await memento.InStoreAsync(workspace, async session =>
        {
            session.Insert(running);
            await session.SaveChangesAsync(Cancellation);
            return true;
        });
        var options = new McpOptions();
        await memento.InStoreAsync(workspace, async session =>
        {
            await ForgetCalls.ForgetAsync((Marten.IDocumentStore)session.DocumentStore, options, DateTimeOffset.UtcNow + options.CallsKept + TimeSpan.FromMinutes(1), Cancellation);
            return true;
        });

        var left = await memento.InStoreAsync(workspace, session => Marten.QueryableExtensions.ToListAsync(session.Query<SkillCall>(), Cancellation));
        Assert.Equal(running.Id, Assert.Single(left).Id);
    }

    static Dictionary<string, object?> Arguments => new(StringComparer.Ordinal) { ["email"] = "x" };

    const string Initialize =
        """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}""";

    const string ListTools = """{"jsonrpc":"2.0","id":2,"method":"tools/list"}""";

    async Task<CallToolResult> CallAsync(HttpClient agent, string workspace, Func<RunInSandbox, SandboxRunCompleted> answer)
    {
        var runs = await memento.ListenAsync<RunInSandbox>();
        var before = runs.Messages.Select(r => r.RunId).ToHashSet();
        await using var client = await McpFixture.ConnectAsync(agent, workspace);
        var calling = client.CallToolAsync("summarise", Arguments, cancellationToken: Cancellation).AsTask();
        await memento.PublishAsync(answer(await runs.WaitAsync(r => r.WorkspaceId == workspace && !before.Contains(r.RunId))));
        return await calling;
    }

    async Task<IReadOnlyList<JsonElement>> Reported(string workspace, string routingKey)
    {
        await Eventually.IsTrueAsync($"a report {routingKey}", () => Task.FromResult(memento.Reported(workspace, routingKey).Count > 0));
        return memento.Reported(workspace, routingKey);
    }

    static async Task ListenAsync(McpClient client, CancellationToken cancellation) => await client.SendRequestAsync<object, EmptyResult>(
        "subscriptions/listen", new { notifications = new { toolsListChanged = true } }, cancellationToken: cancellation);

    static async Task<string> OpenAsync(HttpClient agent, string workspace)
    {
        using var answer = await SendAsync(agent, workspace, null, Initialize);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await BodyAsync(answer);
        return answer.Headers.GetValues("Mcp-Session-Id").Single();
    }

    static async Task<HttpResponseMessage> SendAsync(HttpClient client, string workspace, string? session, string body)
    {
        using var request = Request(HttpMethod.Post, workspace, session, body);
        return await client.SendAsync(request, Cancellation);
    }

    static HttpRequestMessage Request(HttpMethod method, string workspace, string? session, string? body)
    {
        var request = new HttpRequestMessage(method, $"/workspaces/{workspace}/mcp");
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        if (session is not null) request.Headers.Add("Mcp-Session-Id", session);
        return request;
    }

    static Task<string> BodyAsync(HttpResponseMessage answer) => answer.Content.ReadAsStringAsync(Cancellation);

    static string Text(CallToolResult answer) => Assert.IsType<TextContentBlock>(Assert.Single(answer.Content)).Text;

    static SkillPublished Published(string workspace) => new()
    {
        WorkspaceId = workspace, SkillName = "s", Version = "1.0.0", CandidateId = Guid.NewGuid(), Description = "d", FunctionName = "s", Source = "", PublishedBy = "p", PublishedAt = DateTimeOffset.UtcNow,
    };

    sealed class Progress(ConcurrentQueue<ProgressNotificationValue> news) : IProgress<ProgressNotificationValue>
    {
        public void Report(ProgressNotificationValue value) => news.Enqueue(value);
    }
}

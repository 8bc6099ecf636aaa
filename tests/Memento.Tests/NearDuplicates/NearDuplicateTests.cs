using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using AutoDev.Contracts.Memento;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.Memento.Candidates;
using AutoDev.Memento.Catalog;
using AutoDev.Memento.NearDuplicates;
using AutoDev.Memento.Tests.Candidates;
using AutoDev.Memento.Tests.Generation;
using AutoDev.Testing;
using Xunit;

namespace AutoDev.Memento.Tests.NearDuplicates;

/// <summary>What a reviewer hears of skills that are there already, with the real sandbox.</summary>
public sealed class NearDuplicateTests(ModelLoop loop) : IClassFixture<ModelLoop>
{
    // Written in another way than what the search finds, with another name and parameter.
    const string SameInOtherWords =
        """
        def invoice_number(text: str) -> str:
            '''The number of an invoice.'''
            digits = text.split("INV-", 1)[1]
            end = next((i for i, c in enumerate(digits) if not c.isdigit()), len(digits))
            return "INV-" + digits[:end]
        """;

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_skill_that_does_the_same_in_other_words_is_found_by_what_it_does_and_makes_an_earlier_decision_void()
    {
        var workspace = await loop.WorkspaceAsync();
        await PublishedAsync(workspace, "invoice_number", SameInOtherWords, "text");
        await PublishedAsync(workspace, "count_letters", "def count_letters(text: str) -> int:\n    return len(text)\n", "text");
        await PublishedAsync(workspace, "add_two", "def add_two(a: int, b: int) -> int:\n    return a + b\n", "a", "b");
        var passed = await loop.TryAsync(MementoFixture.Pattern(workspace), NegativeControlTests.Right);
        Assert.Equal(CandidateStatus.Validated, passed.Status);
        var (candidate, etag) = await ReviewAsync(workspace, passed.Id);
        var compared = candidate.GetProperty("duplicates").GetProperty("compared").EnumerateArray().ToDictionary(c => c.GetProperty("skill_name").GetString()!);
        Assert.Equal(["count_letters", "invoice_number"], compared.Keys.Order(StringComparer.Ordinal));
        var (same, other) = (compared["invoice_number"], compared["count_letters"]);
        Assert.Equal(("equal on 6 of 6 inputs", true, 6), (same.GetProperty("finding").GetString(), same.GetProperty("is_near_duplicate").GetBoolean(), same.GetProperty("equal").GetInt32()));
        Assert.InRange(same.GetProperty("text_likeness").GetDouble(), 0, 0.5);
        Assert.Equal(("differs on 6 of 6 inputs", false), (other.GetProperty("finding").GetString(), other.GetProperty("is_near_duplicate").GetBoolean()));
        var first = other.GetProperty("first_difference");
        Assert.Equal(("INV-1001", JsonValueKind.Number), (first.GetProperty("candidate").GetString(), first.GetProperty("skill").ValueKind));

        var listed = await loop.Admin.GetFromJsonAsync<JsonElement>(Path($"/workspaces/{workspace}/candidates?status=validated"), Cancellation);
        Assert.Equal("invoice_number@1.0.0", Assert.Single(listed.GetProperty("items")[0].GetProperty("near_duplicates").EnumerateArray()).GetString());

        // Validated at revision 3; who approves that has not seen the finding.
        Assert.Equal("\"4\"", etag.Tag);
        Assert.Equal(HttpStatusCode.PreconditionFailed, await ApproveAsync(workspace, passed.Id, new("\"3\"")));
        Assert.Equal(HttpStatusCode.OK, await ApproveAsync(workspace, passed.Id, etag));
    }

    [Fact]
    public async Task The_same_text_is_found_whatever_it_is_called_and_the_version_that_would_be_replaced_comes_with_what_changes()
    {
        var workspace = await loop.WorkspaceAsync();
        var first = await loop.TryAsync(MementoFixture.Pattern(workspace), NegativeControlTests.Right);
        var (shown, etag) = await ReviewAsync(workspace, first.Id);
        Assert.Empty(shown.GetProperty("duplicates").GetProperty("compared").EnumerateArray());
        Assert.Equal(HttpStatusCode.OK, await ApproveAsync(workspace, first.Id, etag));

        var again = await loop.TryAsync(MementoFixture.Pattern(workspace), NegativeControlTests.Right.Replace("found", "hit", StringComparison.Ordinal));
        var (second, _) = await ReviewAsync(workspace, again.Id);
        var found = Assert.Single(second.GetProperty("duplicates").GetProperty("compared").EnumerateArray());
        Assert.Equal(("extract_invoice_id", "1.0.0", 1.0, true, "equal on 6 of 6 inputs"),
            (found.GetProperty("skill_name").GetString(), found.GetProperty("version").GetString(), found.GetProperty("text_likeness").GetDouble(),
                found.GetProperty("is_near_duplicate").GetBoolean(), found.GetProperty("finding").GetString()));
        var replaces = second.GetProperty("replaces");
        Assert.Equal("1.0.0", replaces.GetProperty("version").GetString());
        var changes = replaces.GetProperty("diff").EnumerateArray().ToLookup(line => line.GetProperty("change").GetString(), line => line.GetProperty("text").GetString());
        Assert.Equal((3, 3), (changes["removed"].Count(), changes["added"].Count()));
        Assert.Contains("    hit = re.search(r\"INV-[0-9]+\", email)", changes["added"]);
    }

    /// <summary>As soon as every comparison has its answer.</summary>
    async Task<(JsonElement Candidate, EntityTagHeaderValue ETag)> ReviewAsync(string workspace, Guid id)
    {
        (JsonElement, EntityTagHeaderValue) review = default;
        await Eventually.IsTrueAsync("the search for duplicates to be complete", async () =>
        {
            var answer = await loop.Admin.GetAsync(Path($"/workspaces/{workspace}/candidates/{id}"), Cancellation);
            var candidate = await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
            review = (candidate, answer.Headers.ETag!);
            return candidate.GetProperty("duplicates") is { ValueKind: JsonValueKind.Object } search && search.GetProperty("is_complete").GetBoolean();
        });
        return review;
    }

    async Task<HttpStatusCode> ApproveAsync(string workspace, Guid id, EntityTagHeaderValue seen)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/workspaces/{workspace}/candidates/{id}/approve");
        request.Headers.IfMatch.Add(seen);
        return (await loop.Admin.SendAsync(request, Cancellation)).StatusCode;
    }

    /// <summary>A skill in the catalog, as a publication leaves it.</summary>
    async Task PublishedAsync(string workspace, string name, string source, params string[] parameters)
    {
        var pattern = MementoFixture.Pattern(workspace, task: name.Replace('_', ' '));
        var candidate = MementoFixture.Validated(pattern, source) with { Analysis = FailureAnalysis.Of(pattern.TaskDescription, pattern.Episodes) with { SkillName = name } };
        candidate = candidate with { Generated = candidate.Generated! with { FunctionName = name, Parameters = parameters } };
        var version = PublishSkill.VersionOf(null, candidate, new(true, "somebody", null, DateTimeOffset.UtcNow));
        var skill = PublishSkill.With(null, version, null);
        await loop.StoreAsync(workspace, skill);
        await loop.StoreAsync(workspace, version);
    }

    static Uri Path(string path) => new(path, UriKind.Relative);
}

/// <summary>The same with the test in the sandbox's place.</summary>
public sealed class NearDuplicateWithoutSandboxTests(MementoFixture memento) : IClassFixture<MementoFixture>
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_a_sandbox_the_texts_are_compared_and_nobody_waits()
    {
        var workspace = await memento.WorkspaceAsync();
        var runs = await memento.ListenAsync<RunInSandbox>();
        var first = MementoFixture.Validated(MementoFixture.Pattern(workspace));
        var version = PublishSkill.VersionOf(null, first, new(true, "somebody", null, DateTimeOffset.UtcNow));
        var skill = PublishSkill.With(null, version, null);
        await memento.StoreAsync(workspace, skill);
        await memento.StoreAsync(workspace, version);
        var candidate = MementoFixture.Validated(MementoFixture.Pattern(workspace), version.Source);
        await memento.StoreAsync(workspace, candidate);
        await memento.PublishTwiceAsync(Said(workspace, candidate));

        var run = await runs.WaitAsync(r => r.SubjectId == candidate.Id);
        Assert.Equal((version.Source, 6), (run.Source, run.Inputs.Count));
        await memento.PublishTwiceAsync(MementoFixture.Answer(run) with { Status = "sandbox_unavailable", Reason = "no engine", Results = [] });
        var search = await SearchAsync(workspace, candidate.Id, s => s.IsComplete);
        var found = Assert.Single(search.Compared);
        Assert.Equal(("sandbox_unavailable: no engine", 1.0, true, null), (found.NotCompared, found.TextLikeness, found.IsNearDuplicate, found.Equal));
        Assert.Single(runs.Messages, r => r.SubjectId == candidate.Id);
        var flagged = (await memento.InStoreAsync(workspace, s => s.LoadAsync<SkillCandidate>(candidate.Id, Cancellation)))!;
        Assert.Equal((candidate.Revision + 1, "extract_invoice_id@1.0.0"), (flagged.Revision, Assert.Single(flagged.NearDuplicates)));
    }

    [Fact]
    public async Task An_answer_that_comes_twice_or_after_the_decision_changes_nothing()
    {
        var workspace = await memento.WorkspaceAsync();
        var runs = await memento.ListenAsync<RunInSandbox>();
        var first = MementoFixture.Validated(MementoFixture.Pattern(workspace), "def extract_invoice_id(email):\n    raise ValueError(email)\n");
        var version = PublishSkill.VersionOf(null, first, new(true, "somebody", null, DateTimeOffset.UtcNow));
        var skill = PublishSkill.With(null, version, null);
        await memento.StoreAsync(workspace, skill);
        await memento.StoreAsync(workspace, version);
        var candidate = MementoFixture.Validated(MementoFixture.Pattern(workspace), "import re\n\n\ndef extract_invoice_id(email):\n    return re.findall('INV-[0-9]+', email)[-1]\n");
        await memento.StoreAsync(workspace, candidate);
        await memento.PublishAsync(Said(workspace, candidate));
        var run = await runs.WaitAsync(r => r.SubjectId == candidate.Id);
        var rejected = candidate.To(CandidateStatus.Rejected, DateTimeOffset.UtcNow);
        await memento.StoreAsync(workspace, rejected);

        await memento.PublishTwiceAsync(MementoFixture.Answer(run));
        var search = await SearchAsync(workspace, candidate.Id, s => s.IsComplete);
        Assert.True(Assert.Single(search.Compared).DoesTheSame);
        await memento.PublishAsync(MementoFixture.Answer(run) with { Results = [.. run.Inputs.Select(_ => new InputResult { Ended = "timeout" })] });
        await Eventually.IsTrueAsync("the queue to be empty", async () => await memento.Installation.CountAsync("memento-compare-behaviour") == 0);

        Assert.True(Assert.Single((await SearchAsync(workspace, candidate.Id, _ => true)).Compared).DoesTheSame);
        Assert.Equal(rejected.Revision, (await memento.InStoreAsync(workspace, s => s.LoadAsync<SkillCandidate>(candidate.Id, Cancellation)))!.Revision);
    }

    Task<DuplicateSearch> SearchAsync(string workspace, Guid candidate, Func<DuplicateSearch, bool> fits) => Eventually.GetAsync("the search", () => memento.InStoreAsync(workspace, async s =>
        await s.LoadAsync<DuplicateSearch>(CandidateId.DuplicatesOf(candidate), Cancellation) is { } search && fits(search) ? search : null));

    static SkillCandidateValidated Said(string workspace, SkillCandidate candidate) => new()
    {
        WorkspaceId = workspace, CandidateId = candidate.Id, PatternId = candidate.PatternId, AgentId = candidate.AgentId, SkillName = candidate.Analysis.SkillName,
        HeldOutPassed = 2, HeldOutTotal = 2, ValidatedAt = candidate.UpdatedAt,
    };
}

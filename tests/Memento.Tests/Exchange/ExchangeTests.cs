using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AutoDev.Contracts.Governance;
using AutoDev.Contracts.Memento;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.Gating;
using AutoDev.Memento.Candidates;
using AutoDev.Memento.Catalog;
using AutoDev.ServiceDefaults.Security;
using AutoDev.Testing;
using Marten;
using Xunit;

namespace AutoDev.Memento.Tests.Exchange;

/// <summary>Skills leave a workspace as archives and come into another as candidates, with the real sandbox and a real pip.</summary>
public sealed class ExchangeTests(ExchangeFixture exchange) : IClassFixture<ExchangeFixture>
{
    const string Name = "extract_invoice_id";

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_skill_of_one_workspace_installs_with_pip_passes_its_own_tests_and_becomes_a_candidate_of_another()
    {
        var (mine, other) = (await exchange.WorkspaceAsync(), await exchange.WorkspaceAsync(enabled: false));
        await PublishedAsync(mine);
        var answer = await exchange.GetAsync($"/workspaces/{mine}/skills/{Name}/export");
        var archive = await answer.Content.ReadAsByteArrayAsync(Cancellation);
        Assert.Equal(("application/zip", "extract-invoice-id-1.0.0.zip"), (answer.Content.Headers.ContentType!.MediaType, answer.Content.Headers.ContentDisposition!.FileName!.Trim('"')));
        Assert.Equal($"\"{Convert.ToHexStringLower(SHA256.HashData(archive))}\"", answer.Headers.ETag!.Tag);
        Assert.Equal($"sha-256=:{Convert.ToBase64String(SHA256.HashData(archive))}:", answer.Headers.GetValues("Repr-Digest").Single());
        Assert.Equal(archive, await (await exchange.GetAsync($"/workspaces/{mine}/skills/{Name}/export?version=1.0.0")).Content.ReadAsByteArrayAsync(Cancellation));
        using var again = new HttpRequestMessage(HttpMethod.Get, $"/workspaces/{mine}/skills/{Name}/export") { Headers = { IfNoneMatch = { answer.Headers.ETag } } };
        Assert.Equal(HttpStatusCode.NotModified, (await exchange.Admin.SendAsync(again, Cancellation)).StatusCode);

        // A clean Python, no network.
        var folder = exchange.NewFolder();
        await File.WriteAllBytesAsync(Path.Combine(folder, "skill.zip"), archive, Cancellation);
        var python = await exchange.CleanPythonAsync();
        await ExchangeFixture.RunAsync(folder, python, "-m", "pip", "install", "skill.zip");
        ZipFile.ExtractToDirectory(Path.Combine(folder, "skill.zip"), folder);
        var skill = Path.Combine(folder, "extract-invoice-id");
        Assert.Contains("Ran 1 test", await ExchangeFixture.RunAsync(skill, python, "-m", "unittest"), StringComparison.Ordinal);
        Assert.Contains("INV-7\n", await ExchangeFixture.RunAsync(folder, python, "-c", $"import {Name}; print({Name}.{Name}(email='Hello, invoice INV-7 has not been paid yet.'))"), StringComparison.Ordinal);
        var provenance = JsonElement.Parse(await File.ReadAllTextAsync(Path.Combine(skill, "provenance.json"), Cancellation));
        Assert.Equal((mine, 6, "admin"), (Text(provenance, "workspace"), provenance.GetProperty("examples").GetInt32(), Text(provenance, "approved_by")));
        Assert.StartsWith("---\nname: extract-invoice-id\ndescription: \"", await File.ReadAllTextAsync(Path.Combine(skill, "SKILL.md"), Cancellation), StringComparison.Ordinal);

        // A test that cannot fail would prove nothing.
        await File.WriteAllTextAsync(Path.Combine(skill, "tests/examples.json"), (await File.ReadAllTextAsync(Path.Combine(skill, "tests/examples.json"), Cancellation)).Replace("\"expected\": \"INV-", "\"expected\": \"INV-9", StringComparison.Ordinal), Cancellation);
        await Assert.ThrowsAnyAsync<Xunit.Sdk.XunitException>(() => ExchangeFixture.RunAsync(skill, python, "-m", "unittest"));

        var published = await exchange.ListenAsync<SkillPublished>();
        var decisions = await exchange.ListenAsync<DecisionMade>();
        var id = await exchange.ImportOneAsync(other, archive);
        var candidate = await exchange.ExaminedAsync(other, id);
        Assert.True(candidate.Status == CandidateStatus.Validated, candidate.FailureReason);
        Assert.Equal("candidate_imported", (await decisions.WaitAsync(d => d.Subject == $"candidate:{id}")).Action);
        var view = await ExchangeFixture.JsonAsync(await exchange.GetAsync($"/workspaces/{other}/candidates/{id}"));
        Assert.Equal(("validated", "1.0.0", "import", JsonValueKind.Null), (Text(view, "status"), Text(view, "publishes_as"), Text(view.GetProperty("code"), "generator"), view.GetProperty("pattern").ValueKind));
        var origin = view.GetProperty("origin");
        Assert.Equal(("auto_dev", "admin", mine), (Text(origin, "kind"), Text(origin, "imported_by"), Text(origin.GetProperty("claimed"), "workspace")));
        Assert.Equal(6, view.GetProperty("results").EnumerateArray().Count(r => Text(r, "kind") == "seen" && r.GetProperty("correct").GetBoolean()));
        Assert.True(view.GetProperty("results").EnumerateArray().Count(r => Text(r, "kind") == "hostile") > 3, "hostile inputs are tried as well");
        var listed = await ExchangeFixture.JsonAsync(await exchange.GetAsync($"/workspaces/{other}/candidates?status=validated"));
        Assert.Equal("auto_dev", Text(Assert.Single(listed.GetProperty("items").EnumerateArray()), "origin"));

        Assert.Equal(HttpStatusCode.NotFound, (await exchange.GetAsync($"/workspaces/{other}/skills/{Name}")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await exchange.DecideAsync(other, id, "approve")).StatusCode);
        Assert.Equal("1.0.0", (await published.WaitAsync(p => p.CandidateId == id)).Version);
        Assert.Equal(await SourceAsync(mine), await SourceAsync(other));
        Assert.Equal(HttpStatusCode.OK, (await exchange.GetAsync($"/workspaces/{other}/skills/{Name}/export")).StatusCode);
    }

    [Fact]
    public async Task The_same_archive_again_and_at_the_same_time_is_one_candidate_and_takes_no_place_in_the_quota()
    {
        await OneDay.BeginAsync();
        var workspace = await exchange.WorkspaceAsync(limit: 1);
        var archive = Shout();
        var runs = await exchange.ListenAsync<RunInSandbox>();
        var validated = await exchange.ListenAsync<SkillCandidateValidated>();
        var decisions = await exchange.ListenAsync<DecisionMade>();
        var ids = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => exchange.ImportOneAsync(workspace, archive)));
        var id = Assert.Single(ids.Distinct());
        Assert.Equal(CandidateStatus.Validated, (await exchange.ExaminedAsync(workspace, id)).Status);
        var run = await runs.WaitAsync(r => r.SubjectId == id);
        await exchange.PublishTwiceAsync(MementoFixture.Answer(run) with { Status = "load_failed", Results = [] });
        await exchange.PublishTwiceAsync(new GenerateSkill { WorkspaceId = workspace, CandidateId = id });
        await Eventually.IsTrueAsync("the queues to be empty", async () =>
            await exchange.Installation.CountAsync("memento-validate-candidate") == 0 && await exchange.Installation.CountAsync("memento-generate-skill") == 0);

        var later = await ExchangeFixture.JsonAsync(await exchange.ImportAsync(workspace, archive));
        var same = Assert.Single(later.GetProperty("skills").EnumerateArray());
        Assert.Equal((id, "validated", false), (same.GetProperty("candidate_id").GetGuid(), Text(same, "status"), same.GetProperty("is_new").GetBoolean()));
        Assert.Equal(1, await CandidatesAsync(workspace));
        Assert.Single(runs.Messages, r => r.SubjectId == id);
        Assert.Single(validated.Messages, v => v.CandidateId == id);
        Assert.Single(decisions.Messages, d => d.Subject == $"candidate:{id}");
        Assert.Null(await exchange.InStoreAsync(workspace, s => s.LoadAsync<DailyQuota>(DailyQuota.IdOf(Capability.MementoSkills, DateTimeOffset.UtcNow), Cancellation)));
    }

    [Fact]
    public async Task What_was_rejected_can_be_imported_again_and_the_reviewer_is_told()
    {
        var workspace = await exchange.WorkspaceAsync();
        var first = await exchange.ImportOneAsync(workspace, Shout());
        await exchange.ExaminedAsync(workspace, first);
        Assert.Equal(HttpStatusCode.OK, (await exchange.DecideAsync(workspace, first, "reject", "Nobody here shouts.")).StatusCode);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/workspaces/{workspace}/candidates/{first}/regenerate");
        var refused = await exchange.Admin.SendAsync(request, Cancellation);
        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        Assert.Contains("was imported", Text(await ExchangeFixture.JsonAsync(refused), "detail"), StringComparison.Ordinal);

        var second = await exchange.ImportOneAsync(workspace, Shout());
        Assert.NotEqual(first, second);
        Assert.Equal(second, await exchange.ImportOneAsync(workspace, Shout()));
        var candidate = await exchange.ExaminedAsync(workspace, second);
        Assert.Equal((first, "Nobody here shouts.", 2), (candidate.PredecessorId, candidate.Guidance, candidate.Attempt));
    }

    [Fact]
    public async Task Code_that_does_not_parse_or_is_wrong_on_its_own_examples_never_comes_before_a_person()
    {
        var workspace = await exchange.WorkspaceAsync();
        var broken = await exchange.ExaminedAsync(workspace, await exchange.ImportOneAsync(workspace, Shout("def shout(text: str) -> str:\n    return text.upper(\n")));
        Assert.Equal(CandidateStatus.ValidationFailed, broken.Status);
        Assert.Contains("syntax", broken.FailureReason, StringComparison.Ordinal);
        var wrong = await exchange.ExaminedAsync(workspace, await exchange.ImportOneAsync(workspace, Shout("def shout(text: str) -> str:\n    return text\n")));
        Assert.Equal(CandidateStatus.ValidationFailed, wrong.Status);
        Assert.Contains("\"ada\" instead of \"ADA\" for example 1", wrong.FailureReason, StringComparison.Ordinal);
        var harmful = await exchange.ExaminedAsync(workspace, await exchange.ImportOneAsync(workspace, Shout("import os\n" + HostileArchives.Code)));
        Assert.Equal(CandidateStatus.ValidationFailed, harmful.Status);
        Assert.Contains("security", harmful.FailureReason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_of_agent_skills_and_a_package_of_others_are_taken_by_their_one_function()
    {
        var workspace = await exchange.WorkspaceAsync();
        var archive = RawZip.Of(
            new RawEntry("loud/SKILL.md", "---\nname: loud-voice\ndescription: >\n  Makes a text loud.\n  Use it in storms.\nmetadata:\n  author: somebody\n---\n# Loud\n"),
            new("loud/scripts/shout.py", HostileArchives.Code), new("loud/references/more.md", "…"), new("loud/tests/test_it.py", "raise SystemExit('tests are data here')\n"),
            new("quiet/pyproject.toml", "[project]\n"), new("quiet/setup.py", "import os\nos.abort()\n"), new("quiet/quiet/__init__.py", "from .core import whisper\n"),
            new("quiet/quiet/core.py", "def whisper(text: str, *, times: int = 1) -> str:\n    \"\"\"Make it quiet.\"\"\"\n    return text.lower() * times\n"),
            new("quiet/examples.json", """[{"input": {"text": "AB", "times": 2}, "expected": "abab"}]"""), new("__MACOSX/loud/._SKILL.md", "x"));
        var answer = await exchange.ImportAsync(workspace, archive);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var ids = (await ExchangeFixture.JsonAsync(answer)).GetProperty("skills").EnumerateArray().ToDictionary(s => Text(s, "skill_name"), s => s.GetProperty("candidate_id").GetGuid(), StringComparer.Ordinal);
        Assert.Equal(["loud_voice", "whisper"], ids.Keys.Order(StringComparer.Ordinal));

        var loud = await exchange.ExaminedAsync(workspace, ids["loud_voice"]);
        Assert.Equal(("validated", "agent_skill", "shout", "Makes a text loud. Use it in storms."), (loud.Status, loud.Origin!.Kind, loud.Generated!.FunctionName, loud.Generated.Description));
        Assert.Contains(loud.Analysis.Notes, n => n.Contains("no examples", StringComparison.Ordinal));
        var quiet = await exchange.ExaminedAsync(workspace, ids["whisper"]);
        Assert.Equal(("validated", "python_package", 1), (quiet.Status, quiet.Origin!.Kind, quiet.Validation!.Outcomes.Count(o => o.Correct == true)));
        Assert.Equal(["text", "times"], quiet.Generated!.Parameters);
    }

    [Theory]
    [MemberData(nameof(HostileArchives.Names), MemberType = typeof(HostileArchives))]
    public async Task A_hostile_archive_is_refused_with_its_reason_and_nothing_is_stored(string name)
    {
        var workspace = await WorkspaceOfTheHostile();
        var (archive, status, entry, reason) = HostileArchives.All[name];
        await RefusedAsync(workspace, archive, status, entry, reason);
    }

    [Fact]
    public async Task An_export_that_was_changed_afterwards_is_refused_and_with_it_the_good_skill_beside_it()
    {
        var workspace = await exchange.WorkspaceAsync();
        await PublishedAsync(workspace);
        var files = Unzip(await (await exchange.GetAsync($"/workspaces/{workspace}/skills/{Name}/export")).Content.ReadAsByteArrayAsync(Cancellation));
        var before = await CandidatesAsync(workspace);
        string In(string file) => $"extract-invoice-id/{file}";
        async Task ChangedAsync(string file, Func<string, string?> change, string entry, string reason)
        {
            var changed = files.ToDictionary(StringComparer.Ordinal);
            if (change(changed.GetValueOrDefault(In(file), "")) is { } text) changed[In(file)] = text;
            else changed.Remove(In(file));
            RawEntry[] good = [new("shout/pyproject.toml", ""), new("shout/shout.py", HostileArchives.Code)];
            await RefusedAsync(workspace, RawZip.Of([.. good, .. changed.Select(f => new RawEntry(f.Key, f.Value))]), HttpStatusCode.UnprocessableEntity, In(entry), reason);
        }

        const string module = $"src/{Name}/__init__.py";
        await ChangedAsync(module, text => text + "\n", module, "checksum is wrong");
        await ChangedAsync("tests/examples.json", text => text + "\n", "tests/examples.json", "checksum is wrong");
        await ChangedAsync("more.py", _ => "", "more.py", "added after the export");
        await ChangedAsync("SKILL.md", _ => null, "SKILL.md", "It is missing");
        await ChangedAsync("provenance.json", text => text.Replace("\"source_sha256\": \"", "\"source_sha256\": \"0", StringComparison.Ordinal), module, "not the source's");
        await ChangedAsync("provenance.json", text => text.Replace("\"examples\": 6", "\"examples\": 7", StringComparison.Ordinal), "tests/examples.json", "6 examples and the provenance says 7");
        await ChangedAsync("provenance.json", text => text.Replace("autodev-skill/1", "autodev-skill/2", StringComparison.Ordinal), "provenance.json", "autodev-skill/1 is known here");
        await ChangedAsync("provenance.json", text => text.Replace("\"function\"", "\"fun\"", StringComparison.Ordinal), "provenance.json", "not of the form");
        await ChangedAsync("provenance.json", text => text.Replace("\"function\": \"extract", "\"function\": \"distract", StringComparison.Ordinal), module, "does not define the function distract_invoice_id");
        Assert.Equal(before, await CandidatesAsync(workspace));
    }

    [Fact]
    public async Task Only_operators_exchange_only_their_own_workspace_and_only_archives()
    {
        var (mine, other) = (await exchange.WorkspaceAsync(), await exchange.WorkspaceAsync());
        var agent = await exchange.ClientAsync(mine, Roles.Agent, "agent");
        var neighbour = await exchange.ClientAsync(other, Roles.Operator, "neighbour");
        Assert.Equal(HttpStatusCode.Forbidden, (await exchange.ImportAsync(mine, Shout(), agent)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await exchange.ImportAsync(mine, Shout(), neighbour)).StatusCode);
        foreach (var path in new[] { "export", "any/export" })
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await agent.GetAsync(new Uri($"/workspaces/{mine}/skills/{path}", UriKind.Relative), Cancellation)).StatusCode);
            Assert.Equal(HttpStatusCode.NotFound, (await exchange.GetAsync($"/workspaces/{mine}/skills/{path}")).StatusCode);
        }

        var other415 = await exchange.ImportAsync(mine, Shout(), type: "text/plain");
        Assert.Equal((HttpStatusCode.UnsupportedMediaType, "application/problem+json"), (other415.StatusCode, other415.Content.Headers.ContentType!.MediaType));
        Assert.Equal(0, await CandidatesAsync(mine));
    }

    [Fact]
    public async Task Several_skills_are_one_archive_a_folder_each_whatever_they_are_called()
    {
        var workspace = await exchange.WorkspaceAsync();
        string[] names = ["class", "email", "plain_name", "../../x y"];
        foreach (var name in names) await StoreAsync(workspace, name);
        var answer = await exchange.GetAsync($"/workspaces/{workspace}/skills/export");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var archive = await answer.Content.ReadAsByteArrayAsync(Cancellation);
        var folder = exchange.NewFolder();
        await File.WriteAllBytesAsync(Path.Combine(folder, "skills.zip"), archive, Cancellation);
        ZipFile.ExtractToDirectory(Path.Combine(folder, "skills.zip"), folder);
        var index = JsonElement.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "index.json"), Cancellation)).GetProperty("skills").EnumerateArray().ToList();
        Assert.Equal(names.Order(StringComparer.Ordinal), index.Select(s => Text(s, "skill")));

        var python = await exchange.CleanPythonAsync();
        foreach (var skill in index)
        {
            await ExchangeFixture.RunAsync(folder, python, "-m", "pip", "install", $"./{Text(skill, "folder")}");
            await ExchangeFixture.RunAsync(Path.Combine(folder, Text(skill, "folder")), python, "-m", "unittest");
            Assert.Contains("ABC", await ExchangeFixture.RunAsync(folder, python, "-c", $"import {Text(skill, "package")} as skill; print(skill.shout('abc'))"), StringComparison.Ordinal);
        }

        var two = Unzip(await (await exchange.GetAsync($"/workspaces/{workspace}/skills/export?names=plain_name,email")).Content.ReadAsByteArrayAsync(Cancellation));
        Assert.Equal(2, two.Keys.Count(path => path.EndsWith("/SKILL.md", StringComparison.Ordinal)));
        var missing = await exchange.GetAsync($"/workspaces/{workspace}/skills/export?names=plain_name,nobody");
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
        Assert.Contains("nobody", Text(await ExchangeFixture.JsonAsync(missing), "detail"), StringComparison.Ordinal);
        var tooMany = await exchange.GetAsync($"/workspaces/{workspace}/skills/export?names={string.Join(',', Enumerable.Range(0, 101).Select(i => $"s{i}"))}");
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "/problems/export-too-large"), (tooMany.StatusCode, Text(await ExchangeFixture.JsonAsync(tooMany), "type")));
    }

    async Task RefusedAsync(string workspace, byte[] archive, HttpStatusCode status, string? entry, string reason)
    {
        var before = await CandidatesAsync(workspace);
        var answer = await exchange.ImportAsync(workspace, archive);
        var body = await answer.Content.ReadAsStringAsync(Cancellation);
        Assert.True(answer.StatusCode == status, $"{answer.StatusCode}: {body}");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        var problem = JsonElement.Parse(body);
        Assert.Contains(reason, Text(problem, "detail"), StringComparison.Ordinal);
        Assert.Equal(entry, problem.TryGetProperty("entry", out var at) ? at.GetString() : null);
        Assert.Equal(before, await CandidatesAsync(workspace));
    }

    // All of them in one: nothing of any may be in it.
    static readonly SemaphoreSlim Making = new(1);
    static string? s_hostile;

    async Task<string> WorkspaceOfTheHostile()
    {
        await Making.WaitAsync(Cancellation);
        try
        {
            return s_hostile ??= await exchange.WorkspaceAsync();
        }
        finally
        {
            Making.Release();
        }
    }

    /// <summary>A package of somebody else's with one function and one example.</summary>
    static byte[] Shout(string code = HostileArchives.Code) => RawZip.Of(
        new RawEntry("shout/pyproject.toml", "[project]\n"), new("shout/src/shout.py", code), new("shout/examples.json", """[{"input": {"text": "ada"}, "expected": "ADA"}]"""));

    async Task PublishedAsync(string workspace)
    {
        var pattern = MementoFixture.Pattern(workspace);
        await exchange.PublishAsync(pattern);
        var id = CandidateId.Of(pattern.PatternId, 1);
        var candidate = await exchange.ExaminedAsync(workspace, id);
        Assert.True(candidate.Status == CandidateStatus.Validated, candidate.FailureReason);
        Assert.Equal(HttpStatusCode.OK, (await exchange.DecideAsync(workspace, id, "approve")).StatusCode);
    }

    async Task StoreAsync(string workspace, string name) => await exchange.InStoreAsync(workspace, async session =>
    {
        var version = new SkillVersion
        {
            SkillName = name, Version = "1.0.0", FunctionName = "shout", Parameters = ["text"], Description = "Shouts: \"loud\"\n\\ and 'clear' \U0001f4a5", Source = HostileArchives.Code,
            CandidateId = Guid.NewGuid(), AgentId = "a", PublishedBy = "p", PublishedAt = DateTimeOffset.UtcNow,
        };
        session.Store(version);
        session.Store(new Skill
        {
            Name = name, Description = version.Description, TaskDescription = "---\nname: evil\n---", CurrentVersion = "1.0.0",
            Versions = [new("1.0.0", null, version.CandidateId, "p", version.PublishedAt)], PublishedAt = version.PublishedAt,
        });
        await session.SaveChangesAsync(Cancellation);
        return true;
    });

    static Dictionary<string, string> Unzip(byte[] archive)
    {
        using var zip = new ZipArchive(new MemoryStream(archive));
        return zip.Entries.ToDictionary(e => e.FullName, e => new StreamReader(e.Open(), Encoding.UTF8).ReadToEnd(), StringComparer.Ordinal);
    }

    async Task<string> SourceAsync(string workspace) => await (await exchange.GetAsync($"/workspaces/{workspace}/skills/{Name}/source")).Content.ReadAsStringAsync(Cancellation);

    Task<int> CandidatesAsync(string workspace) => exchange.InStoreAsync(workspace, s => s.Query<SkillCandidate>().CountAsync(Cancellation));

    static string Text(JsonElement json, string property) => json.GetProperty(property).GetString()!;
}

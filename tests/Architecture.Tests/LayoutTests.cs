using System.Text.RegularExpressions;
using System.Xml.Linq;
using Xunit;

namespace AutoDev.Architecture.Tests;

/// <summary>The rules of the house that a compiler does not know.</summary>
public sealed partial class LayoutTests
{
    static readonly string[] Shared = ["ServiceDefaults", "Gating", "Synthesis", "LanguageModels", "Embeddings", "Reports", "AutoDev.Contracts"];

    [Fact]
    public void Services_know_each_other_by_messages_only()
    {
        var wrong =
            from service in Sources.Services
            let project = XDocument.Load(Path.Combine(Sources.Root, "services", service, service + ".csproj"))
            from reference in project.Descendants("ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value))
            where !Shared.Contains(reference)
            select $"{service} references {reference}";
        Assert.Empty(wrong);
    }

    [Fact]
    public void Messages_are_sealed_records_without_logic_one_a_file_under_their_owner()
    {
        foreach (var message in Sources.Load("Contracts").GetExportedTypes())
        {
            var owner = message.Namespace!.Split('.')[2];
            Assert.True(File.Exists(Path.Combine(Sources.Root, "contracts", owner, message.Name + ".cs")), $"{message.FullName} is not in contracts/{owner}/{message.Name}.cs");
            if (message.IsEnum) continue;
            Assert.True(message.IsSealed, $"{message.Name} is not sealed");
            Assert.True(message.GetMethod("<Clone>$") is not null, $"{message.Name} is not a record");
            Assert.Equal(typeof(object), message.BaseType);
        }
    }

    [Fact]
    public void The_shared_plumbing_has_no_domain_word()
    {
        var wrong =
            from file in Sources.CSharp("services/ServiceDefaults")
            from line in File.ReadLines(file)
            where !line.TrimStart().StartsWith("//", StringComparison.Ordinal) && DomainWord().IsMatch(line)
            select $"{Sources.Relative(file)}: {line.Trim()}";
        Assert.Empty(wrong);
    }

    [Fact]
    public void Nothing_waits_by_sleeping()
    {
        var wrong = Sources.CSharp("services", "tests", "contracts", "deploy").Where(file => Sleep().IsMatch(File.ReadAllText(file))).Select(Sources.Relative);
        Assert.Empty(wrong);
    }

    [Fact]
    public void No_folder_is_a_kind_of_thing()
    {
        string[] kinds = ["Common", "Helpers", "Utils", "Utilities", "Infrastructure", "Application", "Domain", "Models", "Consumers", "Interfaces", "Extensions"];
        var wrong = Directory.EnumerateDirectories(Path.Combine(Sources.Root, "services"), "*", SearchOption.AllDirectories)
            .Where(folder => !folder.Contains("/obj", StringComparison.Ordinal) && !folder.Contains("/bin", StringComparison.Ordinal) && kinds.Contains(Path.GetFileName(folder)))
            .Select(Sources.Relative);
        Assert.Empty(wrong);
    }

    [Fact]
    public void Consumers_are_sealed_named_so_and_listed_by_name()
    {
        foreach (var (service, consumer, _) in Sources.Consumers())
        {
            Assert.True(consumer.IsSealed, $"{consumer.Name} is not sealed");
            Assert.EndsWith("Consumer", consumer.Name, StringComparison.Ordinal);
            if (consumer.Assembly != Sources.Load(service)) continue;
            var module = Sources.CSharp($"services/{service}").Single(file => file.EndsWith("Module.cs", StringComparison.Ordinal));
            Assert.Matches($@"Add(?:Batch)?Consumer<{consumer.Name}[,>]", File.ReadAllText(module));
        }
    }

    [Fact]
    public void Consumers_do_not_commit_the_outbox_does()
    {
        var wrong =
            from consumer in Sources.Consumers()
            let file = Sources.CSharp("services").FirstOrDefault(f => File.ReadAllText(f).Contains($"class {consumer.Consumer.Name}", StringComparison.Ordinal))
            where file is not null
            let body = ClassBody(File.ReadAllText(file), consumer.Consumer.Name)
            where body.Contains("SaveChangesAsync", StringComparison.Ordinal)
            select consumer.Consumer.Name;
        Assert.Empty(wrong);
    }

    [Fact]
    public void Every_service_says_what_it_owns_hears_and_says()
    {
        foreach (var service in Sources.Services)
        {
            Assert.True(File.Exists(Path.Combine(Sources.Root, "services", service, "README.md")), $"services/{service}/README.md is missing");
            Assert.True(Sources.CSharp($"services/{service}").Any(f => Path.GetFileName(f) == "Program.cs" && File.ReadLines(f).Count() <= 40), $"services/{service}/Program.cs is no summary");
        }
    }

    static string ClassBody(string source, string name)
    {
        var from = source.IndexOf($"class {name}", StringComparison.Ordinal);
        var next = source.IndexOf("\n}", from, StringComparison.Ordinal);
        return next < 0 ? source[from..] : source[from..next];
    }

    [GeneratedRegex(@"\b(?:Episode|Skill|Candidate|Mutation|Pattern(?!s?\b\s*=)|Fitness|Maturity)\w*", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex DomainWord();

    [GeneratedRegex(@"Thread\s*\.\s*Sleep\s*\(", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Sleep();
}

using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Xunit;

namespace AutoDev.Architecture.Tests.Documentation;

/// <summary>Whatever is shipped is in docs/licences.md, under a licence that costs nobody anything and binds nobody's own code.</summary>
public sealed partial class LicenceTests
{
    const string Document = "docs/licences.md";

    static readonly string[] Allowed = ["MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "PostgreSQL", "MS-PL", "0BSD"];

    // Tools that tests start beside what they test.
    static readonly string[] AllowedInTests = [.. Allowed, "MPL-2.0"];

    [Fact]
    public void Every_package_of_the_services_is_listed_with_its_licence_which_is_permissive()
    {
        var shipped = PackagesOf(Directory.EnumerateDirectories(Path.Combine(Sources.Root, "services")).Select(d => Path.GetFileName(d)!));
        Assert.Empty(shipped.Where(p => !IsAllowed(p.Licence, Allowed)).Select(p => $"{p.Name}: {p.Licence}"));
        var made = new StringBuilder("| package | licence |\n|---|---|\n");
        foreach (var (name, licence) in shipped) made.Append("| ").Append(name).Append(" | ").Append(licence).Append(" |\n");
        Generated.IsPartOf(Document, made.ToString());
    }

    [Fact]
    public void Every_package_of_the_tests_is_permissive_too()
    {
        var tests = PackagesOf(Directory.EnumerateDirectories(Path.Combine(Sources.Root, "tests")).Select(d => Path.GetFileName(d)!));
        Assert.Contains(tests, p => p.Name == "xunit.v3");
        Assert.Empty(tests.Where(p => !IsAllowed(p.Licence, AllowedInTests)).Select(p => $"{p.Name}: {p.Licence}"));
    }

    [Fact]
    public void What_the_sandbox_image_asks_of_debian_and_what_is_downloaded_beside_is_listed()
    {
        var document = File.ReadAllText(Path.Combine(Sources.Root, Document));
        var include = DebianPackages().Match(File.ReadAllText(Path.Combine(Sources.Root, "deploy/sandbox/build"))).Groups["names"].Value.Split(',');
        var scan = File.ReadAllLines(Path.Combine(Sources.Root, "deploy/sandbox/scan/packages"));
        var downloads = Directory.EnumerateFiles(Path.Combine(Sources.Root, "services"), "*.csproj", SearchOption.AllDirectories)
            .SelectMany(f => XDocument.Load(f).Descendants("PackageDownload").Select(d => d.Attribute("Include")!.Value));
        using var npm = JsonDocument.Parse(File.ReadAllText(Path.Combine(Sources.Root, "docs/clients/mcp/package.json")));
        var all = include.Concat(scan).Concat(downloads).Concat(npm.RootElement.GetProperty("dependencies").EnumerateObject().Select(p => p.Name)).Where(name => name.Length > 0).ToList();
        Assert.True(all.Count >= 9);
        Assert.DoesNotContain(all, name => !document.Contains($"| {name} |", StringComparison.Ordinal));
    }

    /// <summary>By what was restored for these projects: each package with all that it brought along.</summary>
    static List<(string Name, string Licence)> PackagesOf(IEnumerable<string> projects)
    {
        var licences = new SortedDictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var file in projects.Select(p => Path.Combine(Sources.Root, "artifacts/obj", p, "project.assets.json")).Where(File.Exists))
        {
            using var assets = JsonDocument.Parse(File.ReadAllText(file));
            var folders = assets.RootElement.GetProperty("packageFolders").EnumerateObject().Select(f => f.Name).ToList();
            foreach (var library in assets.RootElement.GetProperty("libraries").EnumerateObject().Where(l => l.Value.GetProperty("type").GetString() == "package"))
                licences[library.Name.Split('/')[0]] = LicenceOf(folders.Select(f => Path.Combine(f, library.Value.GetProperty("path").GetString()!)).First(Directory.Exists));
        }

        return [.. licences.Select(l => (l.Key, l.Value))];
    }

    static string LicenceOf(string folder)
    {
        var specification = XDocument.Load(Directory.EnumerateFiles(folder, "*.nuspec").Single());
        var licence = specification.Descendants().FirstOrDefault(e => e.Name.LocalName == "license");
        if (licence?.Attribute("type")?.Value == "expression") return licence.Value;
        if (licence?.Attribute("type")?.Value == "file" && File.ReadAllText(Path.Combine(folder, licence.Value.Replace('\\', '/'))) is var text)
        {
            if (text.Contains("Permission is hereby granted, free of charge", StringComparison.Ordinal)) return "MIT";
            if (text.Contains("Apache License", StringComparison.Ordinal)) return "Apache-2.0";
            return "unknown: " + licence.Value;
        }

        return specification.Descendants().FirstOrDefault(e => e.Name.LocalName == "licenseUrl")?.Value is { } url && Known.TryGetValue(url, out var known) ? known : "unknown";
    }

    // Packages from before licences had names.
    static readonly Dictionary<string, string> Known = new(StringComparer.Ordinal)
    {
        ["https://github.com/dotnet/corefx/blob/master/LICENSE.TXT"] = "MIT",
        ["https://www.apache.org/licenses/LICENSE-2.0"] = "Apache-2.0",
        ["http://www.apache.org/licenses/LICENSE-2.0"] = "Apache-2.0",
    };

    static bool IsAllowed(string expression, string[] allowed) => expression.Split(" OR ").Any(one => one.Trim('(', ')').Split(" AND ").All(allowed.Contains));

    [GeneratedRegex("--include=(?<names>[^ ]+)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex DebianPackages();
}

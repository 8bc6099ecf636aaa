using Xunit;

namespace AutoDev.Architecture.Tests.Documentation;

/// <summary>Documents that are made from the code. They lie in the repository, so that they can be read and linked to there.</summary>
static class Generated
{
    const string Begin = "<!-- generated -->\n", End = "<!-- end -->";

    /// <summary>The whole file is what was made.</summary>
    public static void IsFile(string path, string made)
    {
        var file = Path.Combine(Sources.Root, path);
        var there = File.Exists(file) ? File.ReadAllText(file) : "";
        if (there != made) File.WriteAllText(file + ".received", made);
        Assert.True(there == made, $"{path} is not what the code says. If what the code says is meant: mv {path}.received {path}");
    }

    /// <summary>The part between two comments is what was made; around it people write.</summary>
    public static void IsPartOf(string path, string made)
    {
        var there = File.ReadAllText(Path.Combine(Sources.Root, path));
        var (from, to) = (there.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, there.IndexOf(End, StringComparison.Ordinal));
        Assert.True(from >= Begin.Length && to >= from, $"{path} has no place between {Begin.Trim()} and {End}");
        IsFile(path, there[..from] + made + there[to..]);
    }
}

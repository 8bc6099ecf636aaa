using Xunit;

namespace AutoDev.Architecture.Tests;

/// <summary>The rule itself; <see cref="DocumentTests"/> holds the real tables to it.</summary>
public sealed class ColumnsTests
{
    static readonly string[] Before = ["mt_doc_skill.data jsonb required", "mt_doc_skill.name varchar"];

    [Theory]
    [InlineData("mt_doc_skill.risk varchar")]
    [InlineData("mt_doc_other.id uuid required")]
    public void A_column_that_may_be_empty_and_a_table_of_its_own_are_in_nobodys_way(string added) => Assert.Empty(Columns.Broken(Before, [.. Before, added]));

    [Fact]
    public void A_required_column_in_a_table_that_is_there_is_refused() =>
        Assert.Contains("nullable or have a default", Assert.Single(Columns.Broken(Before, [.. Before, "mt_doc_skill.risk varchar required"])), StringComparison.Ordinal);

    [Theory]
    [InlineData("mt_doc_skill.name text")]
    [InlineData("mt_doc_skill.name varchar required")]
    [InlineData("mt_doc_skill.title varchar")]
    public void A_column_that_is_gone_or_otherwise_is_refused(string instead) =>
        Assert.Contains("is gone or otherwise", Assert.Single(Columns.Broken(Before, [Before[0], instead])), StringComparison.Ordinal);
}

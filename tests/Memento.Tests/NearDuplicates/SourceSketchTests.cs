using AutoDev.Memento.NearDuplicates;
using Xunit;

namespace AutoDev.Memento.Tests.NearDuplicates;

public sealed class SourceSketchTests
{
    const string Source =
        """
        import re


        def extract_invoice_id(email: str) -> str:
            '''Find the invoice ID in an e-mail.'''
            if not isinstance(email, str):
                raise TypeError("email must be a str")
            found = re.search(r"INV-[0-9]+", email)
            if found is None:
                raise ValueError("there is no invoice ID")
            return found.group(0)  # the first one
        """;

    [Fact]
    public void Names_layout_comments_and_documentation_make_no_other_source()
    {
        var other = Source.Replace("extract_invoice_id", "find_it", StringComparison.Ordinal).Replace("found", "m", StringComparison.Ordinal)
            .Replace("isinstance(email", "isinstance(text", StringComparison.Ordinal).Replace("email: str", "text: str", StringComparison.Ordinal)
            .Replace(", email)", ", text)", StringComparison.Ordinal).Replace("# the first one", "# whichever comes first", StringComparison.Ordinal)
            .Replace("Find the invoice ID in an e-mail.", "Something else.", StringComparison.Ordinal).Replace("\n\n\n", "\n\n\n\n", StringComparison.Ordinal);
        Assert.Equal(1, SourceSketch.Of(Source).Resemblance(SourceSketch.Of(other)));
        Assert.Equal(SourceSketch.Of(Source).Bands, SourceSketch.Of(other).Bands);
    }

    [Fact]
    public void Another_constant_makes_it_a_little_other_and_another_way_altogether_other()
    {
        var constant = Source.Replace("INV-[0-9]+", "ORD-[0-9]+", StringComparison.Ordinal);
        Assert.InRange(SourceSketch.Of(Source).Resemblance(SourceSketch.Of(constant)), 0.6, 0.95);
        const string Way = "def extract_invoice_id(email: str) -> str:\n    for word in email.split():\n        if word.startswith('INV-'):\n            return word.strip('.,:')\n    return ''\n";
        Assert.InRange(SourceSketch.Of(Source).Resemblance(SourceSketch.Of(Way)), 0, 0.3);
    }

    [Fact]
    public void What_is_no_python_has_a_sketch_too()
    {
        Assert.Empty(SourceSketch.Of("").Bands);
        Assert.Equal(0, SourceSketch.Of("").Resemblance(SourceSketch.Of("# nothing")));
        Assert.NotEmpty(SourceSketch.Of("''' unclosed \" \\ \0 (").Shingles.Concat(SourceSketch.Of("x = ''' \\ (").Shingles));
    }

    [Theory]
    [InlineData(0.95, 6, true, true)] // the same text, and it does the same
    [InlineData(0.95, 5, true, false)] // the same text, and it does something else
    [InlineData(0.95, null, true, true)] // the same text, and nobody knows what it does
    [InlineData(0.5, null, true, false)]
    [InlineData(0.1, 6, true, true)]
    [InlineData(0.1, 6, false, false)] // always the same answer: that may be by accident
    public void What_it_does_says_more_than_its_text(double text, int? equal, bool isTelling, bool isNear) => Assert.Equal(isNear, new Comparison
    {
        SkillName = "s", Version = "1.0.0", Description = "d", TextLikeness = text, DescriptionLikeness = 0, Inputs = [0, 1, 2, 3, 4, 5], Equal = equal, IsTelling = isTelling,
    }.IsNearDuplicate);

    [Fact]
    public void Arguments_go_by_their_names_where_these_are_the_same_and_else_by_their_order()
    {
        Assert.Equal([("a", "a"), ("b", "b")], FindDuplicatesConsumer.Renaming(["a", "b"], ["b", "a"])!.Select(p => (p.Key, p.Value)));
        Assert.Equal([("a", "x"), ("b", "y")], FindDuplicatesConsumer.Renaming(["a", "b"], ["x", "y"])!.Select(p => (p.Key, p.Value)));
        Assert.Null(FindDuplicatesConsumer.Renaming(["a"], ["x", "y"]));
    }
}

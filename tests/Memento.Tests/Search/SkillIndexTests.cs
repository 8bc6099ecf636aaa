using AutoDev.Embeddings;
using AutoDev.Memento.Search;
using Xunit;

namespace AutoDev.Memento.Tests.Search;

/// <summary>What is near to a task, with the real model and without it.</summary>
public sealed class SkillIndexTests
{
    static readonly SentenceModel Model = new();

    static readonly (string Name, string Text)[] Skills =
    [
        ("extract_invoice_id", "Extract the invoice ID from customer e-mails"), ("convert_date", "Convert German dates to ISO 8601"),
            ("book_flight", "Book a flight to Lisbon"),
        ("sum_column", "Add up the numbers of a table's column"), ("count_words", "Count how often each word stands in a text"),
    ];

    [Theory]
    [InlineData("get the invoice number out of a mail", "extract_invoice_id")]
    [InlineData("what does this column of figures come to in total", "sum_column")]
    [InlineData("reserve me a seat on a plane", "book_flight")]
    [InlineData("turn 24.12.2026 into 2026-12-24", "convert_date")]
    public void A_task_in_other_words_finds_its_skill_first(string task, string name) =>
        Assert.Equal(name, Index().Search(task, Model.DirectionOf(task), 5)[0].Name);

    [Fact]
    public void Without_a_meaning_the_words_decide()
    {
        var hit = Index().Search("Please extract the invoice ID", [], 5)[0];
        Assert.Equal(("extract_invoice_id", null, hit.Words), (hit.Name, hit.Meaning, hit.Score));
        Assert.Equal(["extract", "invoice", "id"], hit.Common);
        Assert.Empty(Index().Search("reserve me a seat on a plane", [], 5));
    }

    [Fact]
    public void A_skill_whose_meaning_is_not_known_yet_is_found_by_its_words_among_the_others()
    {
        var index = Index();
        index.Put("rename_files", "Rename the files of a folder", []);
        const string task = "rename files in that folder";
        var hit = index.Search(task, Model.DirectionOf(task), 5)[0];
        Assert.Equal(("rename_files", null), (hit.Name, hit.Meaning));
    }

    [Fact]
    public void What_has_nothing_to_do_with_any_skill_finds_none()
    {
        const string task = "Which mushrooms grow under birches?";
        Assert.Empty(Index().Search(task, Model.DirectionOf(task), 5));
    }

    [Fact]
    public void A_skill_that_was_put_anew_is_found_by_what_it_is_now_and_a_removed_one_not_at_all()
    {
        var index = Index();
        Put(index, "book_flight", "Write a poem about autumn");
        index.Remove("sum_column");
        index.Remove("never_there");
        Assert.Equal(4, index.Count);
        Assert.DoesNotContain(index.Search("Book a flight to Lisbon", Model.DirectionOf("Book a flight to Lisbon"), 5), h => h.Name == "book_flight"
            && h.Score > 0.4);
        Assert.Equal("book_flight", index.Search("a poem on autumn", Model.DirectionOf("a poem on autumn"), 5)[0].Name);
        Assert.DoesNotContain(index.Search("Add up the column", Model.DirectionOf("Add up the column"), 5), h => h.Name == "sum_column");
    }

    static SkillIndex Index()
    {
        var index = new SkillIndex();
        foreach (var (name, text) in Skills) Put(index, name, text);
        return index;
    }

    static void Put(SkillIndex index, string name, string text) => index.Put(name, text, Model.DirectionOf(text));
}

using System.Globalization;

namespace AutoDev.Synthesis.Tests;

/// <summary>The tasks that the product is shown with: a handful of examples, then inputs nobody has seen.</summary>
public sealed class DemonstrationTests
{
    static readonly string[] First = ["Ada", "Grace", "Alan", "Edsger", "Barbara", "Jean-Luc", "Mary", "Donald", "Anne-Marie", "Linus", "Margaret", "John"];
    static readonly string[] Middle = ["King", "Brewster", "M.", "W.", "Ervin", "Elizabeth"];
    static readonly string[] Last =
        ["Lovelace", "Hopper", "Turing", "Dijkstra", "Liskov", "Picard", "Smith-Jones", "Knuth", "Hamilton", "Backus", "Berners-Lee"];

    [Theory]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void Invoice_ids_are_found_in_mails_that_were_not_seen(int count)
    {
        var shares = new List<double>();
        var trouble = "";
        for (var seed = 1; seed <= 6; seed++)
        {
            var mail = new Mail(seed);
            var (share, reason) = Cases.Measure(mail.Take(count), mail.Take(60));
            shares.Add(share);
            if (share < 1) trouble += $"seed {seed}: {share:0.00} {reason}\n";
        }

        Assert.True(shares.Average() >= 0.97 && shares.Min() >= 0.9, $"{shares.Average():0.000}\n{trouble}");
    }

    [Fact]
    public void Invoice_ids_are_found_where_every_seen_mail_has_one()
    {
        for (var seed = 1; seed <= 6; seed++)
        {
            var mail = new Mail(seed + 100);
            var (share, trouble) = Cases.Measure(mail.Take(6, without: 0), mail.Take(60, without: 0));
            Assert.True(share >= 0.95, trouble);
        }
    }

    [Theory]
    [InlineData(6)]
    [InlineData(8)]
    public void Names_are_turned_into_last_name_and_initial(int count)
    {
        for (var seed = 1; seed <= 10; seed++)
        {
            var random = new Random(seed);
            (string, string?) Name()
            {
                var (first, last) = (First[random.Next(First.Length)], Last[random.Next(Last.Length)]);
                var middle = random.Next(4) == 0 ? " " + Middle[random.Next(Middle.Length)] : "";
                var space = random.Next(5) == 0 ? "  " : " ";
                return ($"{(random.Next(8) == 0 ? " " : "")}{first}{middle}{space}{last}{(random.Next(8) == 0 ? " " : "")}", $"{last}, {first[0]}.");
            }

            var (share, trouble) = Cases.Measure(Enumerable.Range(0, count).Select(_ => Name()).ToList(), Enumerable.Range(0, 80).Select(_ => Name()).ToList());
            Assert.True(share == 1, $"seed {seed}: {share} {trouble}");
        }
    }

    [Theory]
    [InlineData("yyyy-MM-dd", 6)]
    [InlineData("yyyy-MM-dd", 8)]
    [InlineData("d MMMM yyyy", 6)]
    [InlineData("dd/MM/yyyy", 6)]
    public void Dates_are_rewritten(string output, int count)
    {
        string[] inputs = output switch
        {
            "yyyy-MM-dd" => ["MMMM d, yyyy", "MMM d yyyy", "MMMM d yyyy", "MMM d, yyyy"],
            "d MMMM yyyy" => ["yyyy-MM-dd"],
            _ => ["yyyy-MM-dd", "d MMM yyyy"],
        };
        for (var seed = 1; seed <= 10; seed++)
        {
            var random = new Random(seed);
            (string, string?) Date()
            {
                var date = new DateTime(1990, 1, 1, 0, 0, 0, DateTimeKind.Unspecified).AddDays(random.Next(16000));
                return (date.ToString(inputs[random.Next(inputs.Length)], CultureInfo.InvariantCulture), date.ToString(output, CultureInfo.InvariantCulture));
            }

            var (share, trouble) = Cases.Measure(Enumerable.Range(0, count).Select(_ => Date()).ToList(), Enumerable.Range(0, 80).Select(_ => Date()).ToList());
            Assert.True(share == 1, $"seed {seed}: {share} {trouble}");
        }
    }
}

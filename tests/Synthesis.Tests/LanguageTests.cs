using System.Text.Json.Nodes;

namespace AutoDev.Synthesis.Tests;

/// <summary>One construct of the by-example language each: learned from a few pairs, right on others.</summary>
public sealed class LanguageTests
{
    [Fact]
    public void A_field_between_separators_is_taken() =>
        Cases.Generalises([("ann,23,Paris", "23"), ("bob,7,Rome", "7"), ("cy,105,Oslo", "105")], ("dora,66,New York", "66"));

    [Fact]
    public void The_last_part_is_taken_however_many_there_are() =>
        Cases.Generalises([("a/b/c.txt", "c.txt"), ("x/y.md", "y.md"), ("p/q/r/s.cs", "s.cs")], ("one/two/three/four/five.json", "five.json"));

    [Fact]
    public void Text_between_brackets_is_taken() =>
        Cases.Generalises([("error (E12) in main", "E12"), ("warning (W7) in parser line 3", "W7"), ("note (N345)", "N345")],
            ("fatal (F9) somewhere else 12", "F9"));

    [Fact]
    public void Initials_are_joined() =>
        Cases.Generalises([("Ada Lovelace", "AL"), ("Grace Brewster Hopper", "GBH"), ("Alan Mathison Turing", "AMT")], ("Donald Ervin Knuth", "DEK"),
            ("Plato", "P"));

    [Fact]
    public void Case_is_changed() =>
        Cases.Generalises([("hello world", "Hello World"), ("good morning", "Good Morning"), ("one two three", "One Two Three")], ("four five", "Four Five"));

    [Fact]
    public void Blanks_are_trimmed_and_squeezed() =>
        Cases.Generalises([("  a  b ", "a b"), ("c   d", "c d"), (" e f  ", "e f")], ("  x    y  z ", "x y z"));

    [Fact]
    public void A_character_is_replaced_everywhere() =>
        Cases.Generalises([("2026-03-07 a", "2026/03/07 a"), ("x-y", "x/y"), ("no dash", "no dash")], ("a-b-c-d", "a/b/c/d"));

    [Fact]
    public void Everything_but_digits_is_removed() =>
        Cases.Generalises([("(555) 123-4567", "5551234567"), ("555.765.4321", "5557654321"), ("+1 555 111 2222", "15551112222")],
            ("555/333-1111 ", "5553331111"));

    [Fact]
    public void Constants_and_parts_are_put_together() =>
        Cases.Generalises([("Ada Lovelace", "lovelace@example.com"), ("Alan Turing", "turing@example.com"), ("Grace Hopper", "hopper@example.com")],
            ("Barbara Liskov", "liskov@example.com"));

    [Fact]
    public void Dates_are_read_in_many_forms() =>
        Cases.Generalises(
            [("2026-03-07", "7 March 2026"), ("1999-12-24", "24 December 1999"), ("2004-02-29", "29 February 2004")],
            ("2030-11-01", "1 November 2030"), ("1987/05/15", "15 May 1987"));

    [Fact]
    public void Weekdays_are_computed() =>
        Cases.Generalises([("2026-03-07", "Saturday"), ("2026-03-08", "Sunday"), ("2026-03-10", "Tuesday")], ("2026-03-12", "Thursday"));

    [Fact]
    public void Times_are_changed_to_the_twelve_hour_clock() =>
        Cases.Generalises([("18:25", "6:25 PM"), ("07:05", "7:05 AM"), ("12:30", "12:30 PM")], ("00:10", "12:10 AM"), ("23:59", "11:59 PM"));

    [Fact]
    public void Numbers_are_rounded_and_padded() =>
        Cases.Generalises([("3.14159", "3.14"), ("2.71828", "2.72"), ("1.5", "1.50")], ("9.999", "10.00"), ("0.005", "0.01"));

    [Fact]
    public void Thousands_are_grouped() =>
        Cases.Generalises([("1234567", "1,234,567"), ("1000", "1,000"), ("25", "25")], ("987654321", "987,654,321"), ("999", "999"));

    [Fact]
    public void Currency_is_taken_away() =>
        Cases.Generalises([("$1,250.00", "1250.00"), ("$99.90", "99.90"), ("$12,000,000.15", "12000000.15")], ("$7,777.70", "7777.70"));

    [Fact]
    public void Zeros_are_put_in_front() =>
        Cases.Generalises([("7", "0007"), ("42", "0042"), ("1234", "1234")], ("999", "0999"));

    [Fact]
    public void The_whole_part_is_filled_up_and_the_rest_left_alone()
    {
        var found = Cases.Generalises([("243", "00243"), ("12.5", "00012.5")], ("2345.23292", "02345.23292"), ("23224.10", "23224.10"));
        Assert.Contains(".zfill(5)", found.Source, StringComparison.Ordinal);
    }

    [Fact]
    public void Decimals_stay_as_they_were_written() => Cases.Generalises([("029.3", "29.3"), ("030.4", "30.4")], ("031.0", "31.0"), ("4.62", "4.62"));

    [Fact]
    public void A_small_negative_number_is_not_rounded_to_minus_zero() => Cases.Generalises([("243", "$0.2B"), ("12.5", "$0.0B"), ("2345", "$2.3B")], ("-0.1", "$0.0B"));

    [Fact]
    public void Times_need_no_colon() => Cases.Generalises([("227", "2:00AM-2:30AM"), ("825", "8:00AM-8:30AM")], ("1105", "11:00AM-11:30AM"), ("1459", "2:30PM-3:00PM"));

    [Fact]
    public void Minutes_beyond_the_hours_of_a_day_are_minutes() => Cases.Generalises([("25:00", "20:00-39:00"), ("44:00", "40:00-59:00")], ("00:00", "0:00-19:00"));

    [Fact]
    public void Half_of_the_day_may_stand_beside_any_hour() => Cases.Generalises([("6:25:57 PM", "18:25"), ("9:44:40 AM", "9:44")], ("0:00:20 AM", "0:00"));

    [Fact]
    public void Words_after_a_sign_are_found_whatever_they_are_made_of() =>
        Cases.Generalises([("this is a _username in the middle", "_username"), ("names look like _name", "_name")], ("two _name1 and _name2", "_name1"));

    [Fact]
    public void A_cut_does_not_run_over_the_end_of_a_word() => Cases.Generalises([("Hone Albert", "Hone A"), ("Aysu Polat", "Aysu P")], ("Fatma Yilmaz", "Fatma Y"));

    [Fact]
    public void One_argument_is_counted_in_another()
    {
        var examples = new[] { ("a _bo and _bo", "bo", "2"), ("a _cy and _bo", "cy", "1"), ("_ed _ed _ed", "ed", "3") }
            .Select(row => Example.Parse(new JsonObject { ["text"] = row.Item1, ["name"] = row.Item2 }.ToJsonString(), $"\"{row.Item3}\""));
        var found = Assert.IsType<Found>(Cases.Learn(examples));
        Assert.Contains("text.count(name)", found.Source, StringComparison.Ordinal);
        Assert.Equal("\"0\"", Python.Run(found.Source, "solve", ["""{"text":"nobody","name":"flo"}"""])[0]);
    }

    [Theory]
    [InlineData("""{"d":[3,1,4,1,5]}""", "[1,3,4]", """{"d":[9,8,2,6]}""", "[2,8,9]", """{"d":[7,7,1]}""", "[1,7,7]", """{"d":[5,4,3,2]}""", "[3,4,5]")]
    [InlineData("""{"d":[{"k":"a","v":1},{"k":"b","v":2},{"k":"a","v":3}]}""", """{"a":[1,3],"b":[2]}""", """{"d":[{"k":"c","v":4}]}""", """{"c":[4]}""",
        """{"d":[{"k":"a","v":5},{"k":"a","v":6}]}""", """{"a":[5,6]}""", """{"d":[{"k":"x","v":7},{"k":"y","v":8},{"k":"x","v":9}]}""", """{"x":[7,9],"y":[8]}""")]
    [InlineData("""{"d":[{"k":"a","v":1},{"k":"b","v":2},{"k":"a","v":3}]}""", """{"a":[1,3],"b":2}""", """{"d":[{"k":"c","v":4}]}""", """{"c":4}""",
        """{"d":[{"k":"a","v":5},{"k":"a","v":6}]}""", """{"a":[5,6]}""", """{"d":[{"k":"x","v":7},{"k":"y","v":8},{"k":"x","v":9}]}""", """{"x":[7,9],"y":8}""")]
    public void Lists_are_cut_ordered_and_grouped(string input1, string output1, string input2, string output2, string input3, string output3, string input, string expected)
    {
        var found = Assert.IsType<Found>(Cases.Learn([Example.Parse(input1, output1), Example.Parse(input2, output2), Example.Parse(input3, output3)]));
        Assert.Equal(JsonNode.Parse(expected)!.ToJsonString(), JsonNode.Parse(Python.Run(found.Source, "solve", [input])[0])!.ToJsonString());
    }

    [Fact]
    public void An_input_without_an_answer_gives_none() =>
        Cases.Generalises(
            [("ref: A-17 ok", "17"), ("nothing here", null), ("see A-5", "5"), ("order 9 of 10", null), ("A-230 and B-4", "230")],
            ("please check A-99", "99"), ("item 12", null));

    [Fact]
    public void Cases_are_told_apart_by_a_condition() =>
        Cases.Generalises(
            [("ann@x.org", "ann@x.org"), ("bob", "bob@corp.com"), ("cy@y.net", "cy@y.net"), ("dora", "dora@corp.com"), ("ed@z.de", "ed@z.de"),
                ("flo", "flo@corp.com")],
            ("gus", "gus@corp.com"), ("hal@a.b", "hal@a.b"));

    [Fact]
    public void Several_arguments_become_several_parameters()
    {
        var examples = new[] { ("Ada", "Lovelace", "Ms Lovelace (Ada)"), ("Alan", "Turing", "Ms Turing (Alan)") }
            .Select(row => Example.Parse(new JsonObject { ["first"] = row.Item1, ["last"] = row.Item2 }.ToJsonString(), $"\"{row.Item3}\""));
        var found = Assert.IsType<Found>(Cases.Learn(examples));
        Assert.Contains("def solve(first: str, last: str) -> str:", found.Source, StringComparison.Ordinal);
        Assert.Equal("\"Ms Hopper (Grace)\"", Python.Run(found.Source, "solve", ["""{"first":"Grace","last":"Hopper"}"""])[0]);
    }

    [Theory]
    [InlineData("""{"user":{"name":"Ann"},"tags":["a","b"]}""", "\"Ann\"", """{"user":{"name":"Bob"},"tags":["c"]}""", "\"Bob\"",
        """{"user":{"name":"Cy"},"tags":["x","y"]}""", "\"Cy\"")]
    [InlineData("""{"items":[{"p":2,"q":3},{"p":5,"q":1}]}""", "11", """{"items":[{"p":4,"q":4}]}""", "16", """{"items":[{"p":1,"q":7},{"p":2,"q":2}]}""",
        "11")]
    [InlineData("""{"items":[{"n":"a"},{"n":"b"}]}""", """["a","b"]""", """{"items":[{"n":"c"}]}""", """["c"]""", """{"items":[]}""", "[]")]
    [InlineData("""{"items":["b","c","a"]}""", """["a","b","c"]""", """{"items":["z","y"]}""", """["y","z"]""", """{"items":["q","p","r"]}""",
        """["p","q","r"]""")]
    [InlineData("""{"items":[{"id":"x1","ok":true},{"id":"x2","ok":false},{"id":"x3","ok":true}]}""", """["x1","x3"]""",
        """{"items":[{"id":"x4","ok":false},{"id":"x5","ok":true}]}""", """["x5"]""", """{"items":[{"id":"x6","ok":true},{"id":"x7","ok":false}]}""",
            """["x6"]""")]
    [InlineData("""{"order":{"id":7,"total":12.5}}""", """{"number":7,"sum":12.5}""", """{"order":{"id":8,"total":3.25}}""", """{"number":8,"sum":3.25}""",
        """{"order":{"id":9,"total":1.5}}""", """{"number":9,"sum":1.5}""")]
    [InlineData("""{"people":[{"f":"Ann","l":"Lee"},{"f":"Bo","l":"Li"}]}""", """["Ann Lee","Bo Li"]""", """{"people":[{"f":"Cy","l":"Ray"}]}""",
        """["Cy Ray"]""", """{"people":[{"f":"Di","l":"Fox"},{"f":"Ed","l":"Orr"}]}""", """["Di Fox","Ed Orr"]""")]
    [InlineData("""{"a":3,"b":4}""", "12", """{"a":5,"b":6}""", "30", """{"a":7,"b":8}""", "56")]
    public void Json_is_taken_apart_and_put_together(string firstInput, string firstOutput, string secondInput, string secondOutput, string input,
        string expected)
    {
        // What can be said, not what may be believed after two examples.
        var request = new SynthesisRequest("solve", "", [Example.Parse(firstInput, firstOutput), Example.Parse(secondInput, secondOutput)], TimeSpan.FromSeconds(30))
            { IsCautious = false };
        var found = Assert.IsType<Found>(ByExampleSynthesizer.Synthesize(request, TestContext.Current.CancellationToken));
        Assert.Equal(JsonNode.Parse(expected)!.ToJsonString(), JsonNode.Parse(Python.Run(found.Source, "solve", [input])[0])!.ToJsonString());
    }

    [Fact]
    public void A_number_in_the_output_is_a_number()
    {
        var examples = new[] { ("order 4451 of May", 4451), ("order 17 of June", 17), ("order 203 of July", 203) }
            .Select(row => Example.Parse(Cases.Arguments(row.Item1), row.Item2.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        var found = Assert.IsType<Found>(Cases.Learn(examples));
        Assert.Contains("-> int", found.Source, StringComparison.Ordinal);
        Assert.Equal("99", Cases.Apply(found, "order 99 of August"));
    }
}

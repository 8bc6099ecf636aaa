using System.Text.Json;
using System.Text.Json.Nodes;
using AutoDev.OperatorConsole.Sandbox;
using Bunit;
using Xunit;

namespace AutoDev.OperatorConsole.Tests.Sandbox;

public sealed class ArgumentFieldTests
{
    static readonly JsonElement Schema = JsonElement.Parse(
        """
        {"type": "object", "required": ["text", "times", "options", "anything"], "additionalProperties": false, "properties": {
          "text": {"type": "string"}, "times": {"type": "integer"}, "options": {"type": "object"}, "anything": {"description": "Python type: Decimal"},
          "loud": {"type": "boolean", "default": true}, "maybe": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": null},
          "either": {"anyOf": [{"type": "string"}, {"type": "integer"}]}, "mode": {"enum": ["up", "down"]}}}
        """);

    [Fact]
    public void Each_parameter_gets_the_field_that_its_type_needs()
    {
        var fields = ArgumentField.Of(Schema, []).ToDictionary(f => f.Name);
        Assert.Equal(
            [FieldKind.Text, FieldKind.Number, FieldKind.Json, FieldKind.Json, FieldKind.Switch, FieldKind.Text, FieldKind.Json, FieldKind.Choice],
            fields.Values.Select(f => f.Kind));
        Assert.Equal(["text", "times", "options", "anything"], fields.Values.Where(f => f.IsRequired).Select(f => f.Name));
        Assert.Equal((true, "Python type: Decimal", "true", "null"), (fields["times"].IsWhole, fields["anything"].Type, fields["loud"].Default, fields["maybe"].Default));
        Assert.Equal(["\"up\"", "\"down\""], fields["mode"].Choices);
    }

    [Fact]
    public void Where_the_signature_says_nothing_the_examples_do_as_far_as_they_agree()
    {
        var schema = JsonElement.Parse("""{"type": "object", "properties": {"a": {}, "b": {}, "c": {}}}""");
        JsonElement[] examples = [JsonElement.Parse("""{"a": "x", "b": 1}"""), JsonElement.Parse("""{"a": "y", "b": "z"}""")];
        Assert.Equal([FieldKind.Text, FieldKind.Json, FieldKind.Json], ArgumentField.Of(schema, examples).Select(f => f.Kind));
        Assert.Equal("""{"a":"x","b":1}""", ArgumentField.Start([], examples).ToJsonString());
        Assert.Empty(ArgumentField.Of(null, examples));
    }

    [Fact]
    public void Without_an_example_a_form_begins_with_what_must_be_given() => Assert.Equal(
        """{"text":"","times":0,"options":null,"anything":null}""", ArgumentField.Start(ArgumentField.Of(Schema, []), []).ToJsonString());

    [Theory]
    [InlineData("text", "\"a\"", true)]
    [InlineData("text", "5", false)]
    [InlineData("text", "null", false)]
    [InlineData("times", "5", true)]
    [InlineData("times", "\"5\"", false)]
    [InlineData("loud", "false", true)]
    [InlineData("mode", "\"down\"", true)]
    [InlineData("mode", "\"sideways\"", false)]
    public void A_value_that_does_not_fit_its_field_is_shown_as_json(string name, string json, bool fits)
    {
        var field = ArgumentField.Of(Schema, []).Single(f => f.Name == name);
        Assert.Equal(fits ? field.Kind : FieldKind.Json, field.KindFor(JsonNode.Parse(json)));
    }

    [Fact]
    public void What_is_written_into_a_field_stands_in_the_json_and_the_other_way_round()
    {
        using var page = new BunitContext();
        JsonElement? given = null;
        var form = page.Render<ArgumentsForm>(p => p.Add(f => f.Schema, Schema).Add(f => f.Changed, (JsonElement? arguments) => given = arguments));
        Assert.Equal(4, given!.Value.EnumerateObject().Count());
        form.Find("#argument-text").Change("Grüße, \"Ada\"\n");
        form.Find("#argument-times").Change("3");
        form.Find("#argument-options").Change("""{"a": [1]}""");
        form.Find("[aria-label='Give loud']").Change(true);
        form.Find("#argument-loud").Change(false);
        Assert.Equal(
            ("Grüße, \"Ada\"\n", 3, 1, false),
            (Of("text").GetString(), Of("times").GetInt32(), Of("options").GetProperty("a")[0].GetInt32(), Of("loud").GetBoolean()));

        form.Find("#arguments-json").Change("""{"text": 7, "times": 2.50, "extra": true}""");
        Assert.Equal("7", form.Find("#argument-text").GetAttribute("value"));
        Assert.Equal("2.50", form.Find("#argument-times").GetAttribute("value"));
        Assert.True(Of("extra").GetBoolean());
        Assert.Empty(form.FindAll("#argument-loud"));

        JsonElement Of(string name) => given.Value.GetProperty(name);
    }

    [Fact]
    public void What_cannot_be_read_is_not_run_and_what_was_written_is_not_lost()
    {
        using var page = new BunitContext();
        JsonElement? given = null;
        var form = page.Render<ArgumentsForm>(p => p.Add(f => f.Schema, Schema).Add(f => f.Changed, (JsonElement? arguments) => given = arguments));
        form.Find("#argument-options").Change("{oops");
        Assert.Null(given);
        Assert.Contains("This is not JSON", form.Find(".argument .trouble").TextContent, StringComparison.Ordinal);
        form.Find("#argument-text").Change("a");
        Assert.Null(given); // the other field is still wrong
        form.Find("#argument-options").Change("{}");
        Assert.NotNull(given);
        form.Find("#arguments-json").Change("[1]");
        Assert.Null(given);
        Assert.Contains("must be a JSON object", form.Find(".trouble").TextContent, StringComparison.Ordinal);
        Assert.Equal("[1]", form.Find("#arguments-json").GetAttribute("value"));
        Assert.True(form.Find("#argument-text").HasAttribute("disabled"));
    }
}

using System.Text.Json;
using AutoDev.Memento.Catalog;
using AutoDev.Memento.Mcp;
using Xunit;

namespace AutoDev.Memento.Tests.Mcp;

public sealed class SkillToolTests
{
    [Fact]
    public void The_schema_is_made_of_the_hints_and_defaults()
    {
        var skill = Skill() with
        {
            Signature = new()
            {
                Docstring = "Sums it up.",
                Parameters =
                [
                    new() { Name = "email", Hint = "str", SchemaJson = """{"type": "string"}""" },
                    new() { Name = "limit", Hint = "int", SchemaJson = """{"type": "integer"}""", IsOptional = true, DefaultJson = "3", Kind = "keyword_only" },
                    new() { Name = "when", Hint = "datetime", SchemaJson = "{}", IsOptional = true, DefaultJson = "null" },
                    new() { Name = "rest", Kind = "var_positional" },
                ],
            },
        };

        var tool = SkillTool.Of(skill);

        Assert.Equal(("summarise", "Sums it up.", "1.2.0"), (tool.Name, tool.Description, (string?)tool.Meta!["autodev/version"]));
        Assert.True(JsonElement.DeepEquals(
            JsonElement.Parse(
                """
                {"type": "object",
                 "properties": {"email": {"type": "string"}, "limit": {"type": "integer", "default": 3}, "when": {"description": "Python type: datetime", "default": null}},
                 "required": ["email"], "additionalProperties": false}
                """),
            tool.InputSchema), tool.InputSchema.ToString());
    }

    [Fact]
    public void Of_a_version_that_was_proven_before_signatures_were_read_only_the_names_are_known()
    {
        var tool = SkillTool.Of(Skill());

        Assert.Equal("What the generator said.", tool.Description);
        Assert.Equal("""{"type":"object","properties":{"email":{},"limit":{}},"additionalProperties":false}""", tool.InputSchema.ToString());
    }

    [Fact]
    public void A_function_that_takes_any_argument_has_an_open_schema()
    {
        var skill = Skill() with { Signature = new() { Parameters = [new() { Name = "arguments", Kind = "var_keyword" }] } };

        Assert.Equal("""{"type":"object","properties":{}}""", SkillTool.InputSchema(skill).ToString());
    }

    [Fact]
    public void What_is_not_json_in_a_signature_constrains_nothing()
    {
        var skill = Skill() with { Signature = new() { Parameters = [new() { Name = "a", SchemaJson = """{"enum": ["\ud800"]}""", DefaultJson = "NaN", IsOptional = true }] } };

        Assert.Equal("""{"type":"object","properties":{"a":{}},"additionalProperties":false}""", SkillTool.InputSchema(skill).ToString());
    }

    [Fact]
    public void Descriptions_are_cut_and_have_no_control_characters()
    {
        var skill = Skill() with { Signature = new() { Docstring = "\u001b[2J" + string.Concat(Enumerable.Repeat("🙂", 3000)) } };

        var description = SkillTool.Of(skill).Description!;
        Assert.StartsWith("[2J🙂", description, StringComparison.Ordinal);
        Assert.EndsWith("🙂…", description, StringComparison.Ordinal);
        Assert.Equal(2001, description.EnumerateRunes().Count());
    }

    [Theory]
    [InlineData("extract_invoice_id", true)]
    [InlineData("größe", false)]
    [InlineData("a b", false)]
    [InlineData("../etc", false)]
    [InlineData("a\n", false)]
    [InlineData("", false)]
    public void Names_are_those_that_every_client_can_call(string name, bool isOne) => Assert.Equal(isOne, SkillTool.IsName(name));

    [Theory]
    [InlineData("""{"email": "x", "limit": 2}""", null)]
    [InlineData("""{"email": "x", "limit": 2.0}""", null)]
    [InlineData("""{"email": 3}""", "'email'")]
    [InlineData("""{"limit": 2}""", "email")]
    [InlineData("""{"email": "x", "limits": 2}""", "There is no argument 'limits'.")]
    [InlineData("""{"email": "\ud800"}""", "half a character")]
    public void Arguments_are_held_against_it(string given, string? fault)
    {
        var schema = JsonElement.Parse(
            """{"type": "object", "properties": {"email": {"type": "string"}, "limit": {"type": "integer"}}, "required": ["email"], "additionalProperties": false}""");

        var (_, said) = CallArguments.Read(JsonElement.Parse(given).EnumerateObject().ToDictionary(p => p.Name, p => p.Value, StringComparer.Ordinal), schema);

        if (fault is null) Assert.Null(said);
        else Assert.Contains(fault, said, StringComparison.Ordinal);
    }

    internal static SkillVersion Skill(string name = "summarise") => new()
    {
        SkillName = name, Version = "1.2.0", FunctionName = name, Parameters = ["email", "limit"], Description = "What the generator said.",
        Source = $"def {name}(email, limit=3):\n    return email[:limit]\n", CandidateId = Guid.NewGuid(), AgentId = "a", PublishedBy = "b", PublishedAt = DateTimeOffset.UtcNow,
    };
}

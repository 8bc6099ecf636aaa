using System.Text.Json;
using AutoDev.Memento.Generation;
using Xunit;

namespace AutoDev.Memento.Tests.Generation;

public sealed class SkillAnswerTests
{
    const string Module = "import re\n\ndef helper(x: int) -> int:\n    return x\n\ndef find(text: str) -> str:\n    return text\n";

    [Fact]
    public void One_json_object_with_one_module_is_an_answer()
    {
        Assert.Equal(new SkillAnswer(Module, "Finds.", null, false), SkillAnswer.Of(Json(Module), "find"));
        Assert.Equal(Module, SkillAnswer.Of($" ```json\n{Json(Module)}\n``` ", "find").Source);
        Assert.Equal(Module, SkillAnswer.Of($"```\n{Json(Module.Replace("\n", "\r\n", StringComparison.Ordinal))}\n```", "find").Source);
    }

    [Fact]
    public void A_model_that_says_it_cannot_is_believed()
    {
        var answer = SkillAnswer.Of("""{"source": " ", "description": "Nobody says\nwhat is wanted."}""", "find");
        Assert.Equal((null, "The model wrote nothing: Nobody says what is wanted.", false), (answer.Source, answer.Reason, answer.IsWorthAnotherTry));
    }

    [Theory]
    [InlineData("def find(text): return text")]
    [InlineData("```python\ndef find(text): return text\n```")]
    [InlineData("""Here you are: {"source": "def find(): pass", "description": ""}""")]
    [InlineData("""{"source": "def find(): pass", "description": ""} {"source": "", "description": ""}""")]
    [InlineData("""[{"source": "def find(): pass", "description": ""}]""")]
    [InlineData("""{"source": "def find(): pass"}""")]
    [InlineData("""{"source": "def find(): pass", "description": "", "approved": true}""")]
    [InlineData("""{"source": "def find(): pass", "source": "def find(): pass", "description": ""}""")]
    [InlineData("""{"source": ["def find(): pass"], "description": ""}""")]
    [InlineData("""{"source": "def find(): pass\ud800", "description": ""}""")]
    [InlineData("""{"source": "def find(): pass # \u0000", "description": ""}""")]
    [InlineData("""{"source": "def found(): pass", "description": ""}""")]
    [InlineData("""{"source": "class A:\n    def find(self): pass", "description": ""}""")]
    [InlineData("""{"source": "async def find(): pass", "description": ""}""")]
    [InlineData("""{"source": "def find(): pass\ndef find(): pass", "description": ""}""")]
    public void Anything_else_is_malformed_and_worth_another_try(string text)
    {
        var answer = SkillAnswer.Of(text, "find");
        Assert.True(answer is { Source: null, Reason.Length: > 0, IsWorthAnotherTry: true });
    }

    [Fact]
    public void A_source_too_long_to_be_one_function_is_malformed() =>
        Assert.Contains("longer than 65,536", SkillAnswer.Of(Json(Module + new string('#', 70_000)), "find").Reason, StringComparison.Ordinal);

    static string Json(string source) => JsonSerializer.Serialize(new { source, description = "Finds." });
}

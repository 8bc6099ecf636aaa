namespace AutoDev.SandboxRunner.Tests;

/// <summary>What honest and clumsy functions get.</summary>
public sealed class RunningTests(Sandbox sandbox)
{
    [Fact]
    public async Task A_function_is_called_once_for_each_input_in_order()
    {
        var answer = await sandbox.Run("def f(text, n=1):\n    print('called with', text)\n    return {'text': text.upper() * n}",
            ["""{"text":"a"}""", """{"text":"ö","n":2}""", """{"text":"c"}"""]);

        Assert.Equal("completed", answer.Status);
        Assert.True(answer.ExecutionSuccess);
        Assert.False(answer.SyntaxError);
        Assert.Equal(["""{"text": "A"}""", """{"text": "ÖÖ"}""", """{"text": "C"}"""], answer.Results.Select(r => r.ValueJson));
        Assert.Equal("called with ö\n", answer.Results[1].Stdout);
        Assert.All(answer.Results, r => Assert.Equal("ok", r.Ended));
        Assert.All(answer.Results, r => Assert.InRange(r.PeakMemoryKb, 1000, 256 << 10));
        Assert.Equal(answer.Results.Sum(r => r.WallMs), answer.ExecutionLatencyMs);
    }

    [Fact]
    public async Task An_exception_is_told_with_its_line_and_does_not_stop_the_others()
    {
        var answer = await sandbox.Run("def f(n):\n    return 1 / n", ["""{"n":0}""", """{"n":4}""", """{"m":4}"""]);

        Assert.False(answer.ExecutionSuccess);
        Assert.Equal(
            ("exception", "ZeroDivisionError", "division by zero"), (answer.Results[0].Ended, answer.Results[0].ExceptionType, answer.Results[0].Message));
        Assert.Contains("File \"<skill>\", line 2, in f\n    return 1 / n", answer.Results[0].Traceback);
        Assert.DoesNotContain("/opt/", answer.Results[0].Traceback);
        Assert.Equal("0.25", answer.Results[1].ValueJson);
        Assert.Equal("TypeError", answer.Results[2].ExceptionType);
    }

    [Fact]
    public async Task A_hanging_call_is_stopped_and_the_next_ones_get_a_fresh_process()
    {
        var answer = await sandbox.Run("calls = []\ndef f(hang):\n    calls.append(1)\n    while hang: pass\n    return len(calls)",
            ["""{"hang":false}""", """{"hang":true}""", """{"hang":false}""", """{"hang":false}"""], new() { TimeoutSeconds = 30 });

        Assert.Equal(["ok", "timeout", "ok", "ok"], answer.Results.Select(r => r.Ended));
        Assert.Equal(["1", null, "1", "2"], answer.Results.Select(r => r.ValueJson));
        Assert.InRange(answer.Results[1].WallMs, 900, 30_000);
        Assert.InRange(answer.Results[1].CpuMs, 10, 30_000);
    }

    [Fact]
    public async Task When_the_time_for_all_is_used_up_the_rest_is_not_run()
    {
        var answer = await sandbox.Run("import time\ndef f():\n    time.sleep(60)", ["{}", "{}", "{}"], new() { TimeoutSeconds = 1 });

        Assert.Equal(["timeout", "not_run", "not_run"], answer.Results.Select(r => r.Ended));
        Assert.InRange(answer.Results[0].CpuMs, 0, 300);
    }

    [Theory]
    [InlineData("return float('nan')", "result_not_json")]
    [InlineData("return {1, 2}", "result_not_json")]
    [InlineData("return b'bytes'", "result_not_json")]
    [InlineData("return '\\ud800'", "result_not_json")]
    [InlineData("return {1: 'a', '1': 'b'}", "result_not_json")]
    [InlineData("x = []\n    for i in range(100): x = [x]\n    return x", "result_not_json")]
    [InlineData("x = []\n    for i in range(100000): x = [x]\n    return x", "result_not_json")]
    [InlineData("return 'x' * (2 << 20)", "output_too_large")]
    [InlineData("return 'x' * (60 << 20)", "output_too_large")]
    [InlineData("return ['\\x00', None, 1e300, True, {}]", "ok")]
    public async Task Only_a_result_that_every_program_can_read_as_JSON_is_one(string body, string ended) =>
        Assert.Equal(ended, (await sandbox.Call($"def f():\n    {body}")).Ended);

    [Fact]
    public async Task A_source_that_is_not_Python_is_a_syntax_error_with_its_line()
    {
        var answer = await sandbox.Run("def f(x):\n    return x +\n");

        Assert.Equal("load_failed", answer.Status);
        Assert.True(answer.SyntaxError);
        Assert.Contains("line 2", answer.Reason);
        Assert.Null(answer.Shape);
        Assert.Empty(answer.Results);
    }

    [Theory]
    [InlineData("def g(): pass", "The module defines no function f")]
    [InlineData("", "The module defines no function f")]
    [InlineData("f = 3", "The module defines no function f")]
    [InlineData("def f(): pass\nimport sys\nsys.exit(0)", "The module level raised SystemExit: 0 (line 3)")]
    [InlineData("def f(): pass\n\n1 / 0", "The module level raised ZeroDivisionError: division by zero (line 3)")]
    [InlineData("import os\nos._exit(0)", "The module was not loaded: the process ended by itself with code 0, without a result")]
    [InlineData("while True: pass", "The module level did not end within ")]
    public async Task A_module_that_does_not_load_says_why(string source, string reason)
    {
        var answer = await sandbox.Run(source, limits: new() { TimeoutSeconds = 5 });

        Assert.Equal("load_failed", answer.Status);
        Assert.StartsWith(reason, answer.Reason);
        Assert.False(answer.SyntaxError);
        Assert.False(answer.ExecutionSuccess);
        Assert.NotNull(answer.Shape);
        Assert.Empty(answer.Results);
    }

    [Fact]
    public async Task A_module_that_needs_too_much_memory_does_not_load()
    {
        var answer = await sandbox.Run("x = 'a' * 10**9\ndef f(): pass", limits: new() { MemoryMb = 64 });

        Assert.Equal(("load_failed", "The module was not loaded: it needed more than the container's 64 MiB of memory"), (answer.Status, answer.Reason));
    }

    [Fact]
    public async Task The_shape_tells_what_a_reviewer_must_see()
    {
        var answer = await sandbox.Run("""
            import json, urllib.parse
            from os import path
            API_TOKEN = "abcdef123456"

            def f(text: str, *, limit: int = 3) -> str:
                "Says it."
                eval("1")
                open("/etc/passwd")
                return text.__class__.__mro__
            """, ["""{"text":"a"}"""]);

        Assert.True(answer.Shape is { DefinesFunction: true, HasTypeHints: true, HasDocstring: true });
        Assert.Equal(["text", "limit"], answer.Shape!.Parameters);
        Assert.Equal(
            [("dangerous-import", 2), ("hard-coded-secret", 3), ("dynamic-code", 7), ("file-access", 8), ("interpreter-access", 9)],
            answer.Shape.RedFlags.Select(f => (f.Rule, f.Line)));
        Assert.DoesNotContain(answer.Shape.RedFlags, f => f.Message.Contains("abcdef123456", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_runs_when_the_module_is_loaded_is_a_red_flag_and_a_constant_is_none()
    {
        var answer = await sandbox.Run("""
            "Says what it is."
            import re
            WORD = re.compile("a")
            print("loaded")

            def f(text):
                return WORD.sub("b", text)

            if __name__ == "__main__":
                f("a")
            """, ["""{"text":"a"}"""]);

        Assert.Equal([("runs-when-loaded", 4)], answer.Shape!.RedFlags.Select(f => (f.Rule, f.Line)));
    }

    [Fact]
    public async Task The_signature_tells_how_the_function_is_called()
    {
        var answer = await sandbox.Run("""
            from typing import Any, Literal, Optional
            def f(text: str, rows: list[dict[str, int]], limit: int | None = 3, *, kind: Literal["a", "b"] = "a", when: "Optional[float]" = None, odd: Any = open, **more: Any) -> dict[str, Any]:
                "Says it. \ud800"
            """, []);

        var signature = answer.Shape!.Signature!;
        Assert.Equal(("Says it. ?", "dict[str, Any]"), (signature.Docstring, signature.Returns));
        Assert.Equal(
            [
                ("text", "positional_or_keyword", """{"type": "string"}""", false, null),
                ("rows", "positional_or_keyword", """{"type": "array", "items": {"type": "object", "additionalProperties": {"type": "integer"}}}""", false, null),
                ("limit", "positional_or_keyword", """{"anyOf": [{"type": "integer"}, {"type": "null"}]}""", true, "3"),
                ("kind", "keyword_only", """{"enum": ["a", "b"]}""", true, "\"a\""),
                ("when", "keyword_only", """{"anyOf": [{"type": "number"}, {"type": "null"}]}""", true, "null"),
                ("odd", "keyword_only", "{}", true, null),
                ("more", "var_keyword", "{}", false, (string?)null),
            ],
            signature.Parameters.Select(p => (p.Name, p.Kind, p.SchemaJson!, p.IsOptional, p.DefaultJson)));
    }

    [Theory]
    [InlineData("list[()]")]
    [InlineData("dict[int]")]
    [InlineData("Literal[open]")]
    [InlineData("'('")]
    [InlineData("'\\ud800'")]
    [InlineData("a.b.c[1](2)")]
    [InlineData("(yield)")]
    public async Task Odd_hints_leave_a_parameter_open_and_harm_nothing(string hint)
    {
        var answer = await sandbox.Run($"from __future__ import annotations\ndef f(a: {hint}):\n    return 1", ["""{"a":1}"""]);

        if (hint == "(yield)") Assert.True(answer.SyntaxError);
        else Assert.Equal((true, hint == "dict[int]" ? """{"type": "object"}""" : "{}"), (answer.ExecutionSuccess, Assert.Single(answer.Shape!.Signature!.Parameters).SchemaJson));
    }

    [Fact]
    public async Task A_plain_function_raises_no_red_flag()
    {
        var answer = await sandbox.Run("import re\nfrom datetime import datetime\ndef f(text):\n    return re.sub('a', 'b', text)", ["""{"text":"a"}"""]);

        Assert.True(answer.ExecutionSuccess);
        Assert.Empty(answer.Shape!.RedFlags);
        Assert.True(answer.Shape is { HasTypeHints: false, HasDocstring: false });
    }

    [Fact]
    public async Task Many_inputs_and_large_ones_fit_through()
    {
        string[] inputs = [.. Enumerable.Range(0, 200).Select(i => $$"""{"text":"{{new string('x', i * 100)}}"}""")];
        var answer = await sandbox.Run("def f(text): return len(text)", inputs);

        Assert.True(answer.ExecutionSuccess);
        Assert.Equal(Enumerable.Range(0, 200).Select(i => $"{i * 100}"), answer.Results.Select(r => r.ValueJson));
    }

    [Fact]
    public async Task Results_that_are_too_large_together_end_so()
    {
        var answer = await sandbox.Run("def f(): return 'x' * 900_000", [.. Enumerable.Repeat("{}", 8)]);

        Assert.Equal(["ok", "ok", "ok", "ok", "ok", "output_too_large", "output_too_large", "output_too_large"], answer.Results.Select(r => r.Ended));
    }
}

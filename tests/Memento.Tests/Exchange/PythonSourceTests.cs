using AutoDev.Memento.Exchange;
using Xunit;

namespace AutoDev.Memento.Tests.Exchange;

/// <summary>What a module defines is found without running it, whatever stands in its texts.</summary>
public sealed class PythonSourceTests
{
    [Theory]
    [InlineData("def f(): pass", "f()")]
    [InlineData("async def f(a):\n    pass", "async f(a)")]
    [InlineData("def f(a, b: int = 3, *c, d: dict[str, list[int]] = {'x,y': [1, 2]}, **e) -> str:\n    return ''", "f(a,b,c,d,e)")]
    [InlineData("def f(a, /, b, *, c): return a", "f(a,b,c)")]
    [InlineData("def f(\n    a: str,  # the (first\n    b='),',\n):\n    return a", "f(a,b)")]
    [InlineData("def \\\n  f(a): return a", "f(a)")]
    [InlineData("x = 1\n\n\ndef f(a): return a\n\ndef g(b): return b\n", "f(a) g(b)")]
    [InlineData("def f(a): return a\ndef f(b): return b\n", "f(b)")]
    [InlineData("class C:\n    def m(self): pass\n\n    def n(self): pass\n", "")]
    [InlineData("if True:\n    def f(): pass\n", "")]
    [InlineData("def f():\n    def inner(): pass\n    return inner\n", "f()")]
    [InlineData("\"\"\"Text\ndef no(): pass\n\"\"\"\ndef f(): pass\n", "f()")]
    [InlineData("X = '''\ndef no(): pass\n\\'''\ndef neither(): pass\n'''\ndef f(): pass\n", "f()")]
    [InlineData("X = r'\\'\ndef f(): pass\n", "f()")]
    [InlineData("X = 'it''s'\nY = \"a'b\"\ndef f(): pass\n", "f()")]
    [InlineData("X = 'not ended\ndef f(): pass\n", "f()")]
    [InlineData("# def no(): '''\ndef f(): pass # '''\ndef g(): pass\n", "f() g()")]
    [InlineData("X = (\ndef_like,\n'def no(): pass',\n)\ndef f(): pass\n", "f()")]
    [InlineData("default = 1\ndefine(x)\n", "")]
    [InlineData("@decorated(')')\ndef f(a=lambda x, y: (x, y), b=0): return a\n", "f(a,b)")]
    [InlineData("", "")]
    [InlineData("'''", "")]
    [InlineData("def f(a", "f()")]
    public void Functions_at_the_top_level_are_found_with_their_parameters(string source, string expected) =>
        Assert.Equal(expected, string.Join(' ', PythonSource.Functions(source).Select(f => $"{(f.IsAsync ? "async " : "")}{f.Name}({string.Join(',', f.Parameters)})")));
}

using AutoDev.ServiceDefaults.Persistence;
using Xunit;

namespace AutoDev.ServiceDefaults.Tests;

public sealed class JsonEqualityTests
{
    [Theory]
    [InlineData("""{"a":1,"b":[2,{"c":null}]}""", """ { "b" : [ 2, {"c":null} ], "a" : 1 } """)]
    [InlineData("1", "1.0")]
    [InlineData("0.1", "0.10000000001")]
    [InlineData("1e3", "1000")]
    [InlineData("0.30000000000000004", "0.3")]
    [InlineData("-0.0", "0")]
    [InlineData("\"é\"", "\"\\u00e9\"")]
    [InlineData("""{"a":1,"a":2}""", """{"a":2}""")]
    [InlineData("""{"x":1.0000000001}""", """{"x":1}""")]
    [InlineData("[]", "[ ]")]
    [InlineData("null", "null")]
    public void These_are_equal(string left, string right)
    {
        Assert.True(JsonEquality.AreEqual(left, right));
        Assert.True(JsonEquality.AreEqual(right, left));
        Assert.Equal(JsonEquality.OfTexts.GetHashCode(left), JsonEquality.OfTexts.GetHashCode(right));
    }

    [Theory]
    [InlineData("1", "\"1\"")]
    [InlineData("1", "true")]
    [InlineData("0", "false")]
    [InlineData("null", "0")]
    [InlineData("null", "\"\"")]
    [InlineData("null", "[]")]
    [InlineData("{}", "[]")]
    [InlineData("true", "false")]
    [InlineData("[1,2]", "[2,1]")]
    [InlineData("[1]", "[1,1]")]
    [InlineData("""{"a":null}""", "{}")]
    [InlineData("""{"a":1}""", """{"b":1}""")]
    [InlineData("0.1", "0.1000001")]
    [InlineData("0", "1e-12")]
    [InlineData("12345678901234567890", "12345678901234567891")]
    [InlineData("1e999", "2e999")]
    [InlineData("\"a\"", "\"A\"")]
    [InlineData("\"a\"", "\"a \"")]
    [InlineData("\"\\ud800\"", "\"\\ud801\"")]
    [InlineData("not json", "\"not json\"")]
    public void These_are_not(string left, string right)
    {
        Assert.False(JsonEquality.AreEqual(left, right));
        Assert.False(JsonEquality.AreEqual(right, left));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("'a'")]
    [InlineData("1 2")]
    public void What_is_not_json_equals_only_itself(string text)
    {
        Assert.False(JsonEquality.IsJson(text));
        Assert.True(JsonEquality.AreEqual(text, text));
        Assert.False(JsonEquality.AreEqual(text, "null"));
    }
}

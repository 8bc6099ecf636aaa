using System.Text;
using AutoDev.Synthesis.Language;

namespace AutoDev.Synthesis.Python;

/// <summary>Writes a program as a module with one public function.</summary>
static class PythonFunction
{
    public static string Write(string name, string description, IReadOnlyList<Parameter> parameters, string returnType, OnFailure onFailure,
        TextNode program, Func<string, string> wrap)
    {
        var needs = new Dictionary<string, int>(StringComparer.Ordinal);
        // The first writing finds out what is needed of each split text; the second checks it where the text is split.
        _ = Body(new PythonModule(parameters, needs), onFailure, program, wrap);
        var module = new PythonModule(parameters, needs);
        var body = Body(module, onFailure, program, wrap);
        var function = new StringBuilder($"def {name}({module.Declaration}) -> {returnType}:\n");
        var summary = PythonLiteral.Prose(description, 300);
        if (summary.Length == 0) summary = "Computes the answer for one input.";
        if (!summary.EndsWith('.') && !summary.EndsWith('?') && !summary.EndsWith('!')) summary += ".";
        function.Append("    \"\"\"").Append(Wrapped(summary)).Append("\n\n");
        function.Append(onFailure == OnFailure.ReturnNone ? "    Returns None where the input holds no answer.\n"
            : "    Raises ValueError where the input holds no answer.\n");
        function.Append("    \"\"\"\n").Append(body);
        return module.Write(function.ToString());
    }

    static string Body(PythonModule module, OnFailure onFailure, TextNode program, Func<string, string> wrap)
    {
        var block = new PythonBlock(module, onFailure);
        program.EmitReturn(block, wrap);
        return block.ToString();
    }

    static string Wrapped(string text)
    {
        var lines = new StringBuilder();
        var width = 7;
        foreach (var word in text.Split(' '))
        {
            if (width + word.Length > 96 && width > 7)
            {
                lines.Append("\n    ");
                width = 4;
            }
            else if (lines.Length > 0)
            {
                lines.Append(' ');
                width++;
            }

            lines.Append(word);
            width += word.Length;
        }

        return lines.ToString();
    }
}

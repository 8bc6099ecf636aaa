using System.Text;
using System.Text.Json;

namespace AutoDev.Architecture.Tests.Documentation;

/// <summary>docs/reference/{service}.md: every route of a service with who may call it, what it takes and what it answers, from its OpenAPI document.</summary>
static class ApiReference
{
    static readonly string[] Verbs = ["get", "post", "put", "patch", "delete"];

    public static void IsUpToDate(string service, JsonElement document)
    {
        var word = service.ToLowerInvariant();
        var made = new StringBuilder($"""
            # {service}: routes

            Made from the running service's OpenAPI document, of which a test fails when this is not the content. At the Console's address they begin with {(word == "console" ? "`/`" : $"`/api/{word}`")};
            `/docs` there has every field. Each route may also answer 401, 403 and 503. {document.GetProperty("info").GetProperty("description").GetString()}


            """);
        var routes = document.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Where(o => Verbs.Contains(o.Name)).Select(o => (Path: path.Name, Verb: o.Name, Operation: o.Value)))
            .ToLookup(r => r.Operation.TryGetProperty("tags", out var tags) ? tags[0].GetString()! : "Other");
        foreach (var feature in routes.OrderBy(f => f.Key, StringComparer.Ordinal))
        {
            made.Append("## ").Append(feature.Key).Append("\n\n| route | role | what | takes | answers |\n|---|---|---|---|---|\n");
            foreach (var (path, verb, operation) in feature.OrderBy(r => r.Path, StringComparer.Ordinal).ThenBy(r => Array.IndexOf(Verbs, r.Verb)))
            {
                made.Append("| `").Append(verb.ToUpperInvariant()).Append(' ').Append(path).Append("` | ").Append(RoleOf(operation)).Append(" | ")
                    .Append(Cell(operation.TryGetProperty("summary", out var summary) ? summary.GetString() : "")).Append(" | ").Append(Cell(Takes(operation))).Append(" | ").Append(Cell(Answers(operation))).Append(" |\n");
            }

            made.Append('\n');
        }

        Generated.IsFile($"docs/reference/{word}.md", made.ToString().TrimEnd() + "\n");
    }

    static string RoleOf(JsonElement operation) => operation.TryGetProperty("description", out var words) && words.GetString()!.Split("role ") is [_, var rest] ? rest.Split(' ', '.')[0] : "";

    static string Takes(JsonElement operation)
    {
        var takes = new List<string>();
        if (operation.TryGetProperty("parameters", out var parameters))
        {
            foreach (var parameter in parameters.EnumerateArray().Where(p => p.GetProperty("in").GetString() != "path"))
                takes.Add(parameter.GetProperty("in").GetString() == "header" ? $"header `{parameter.GetProperty("name").GetString()}`" : $"`{parameter.GetProperty("name").GetString()}`");
        }

        if (operation.TryGetProperty("requestBody", out var body) && body.TryGetProperty("content", out var content)) takes.Add("body " + SchemaOf(content));
        return string.Join(", ", takes);
    }

    static string Answers(JsonElement operation) => string.Join(", ", operation.GetProperty("responses").EnumerateObject().Where(r => r.Name is not ("401" or "403" or "503")).OrderBy(r => r.Name, StringComparer.Ordinal)
        .Select(r => r.Name[0] == '2' && r.Value.TryGetProperty("content", out var content) ? $"{r.Name} {SchemaOf(content)}" : r.Name));

    static string SchemaOf(JsonElement content) => content.EnumerateObject().FirstOrDefault() is { Value.ValueKind: JsonValueKind.Object } type
        ? type.Value.TryGetProperty("schema", out var schema) && NameOf(schema) is { Length: > 0 } name ? name : $"`{type.Name}`" : "";

    static string NameOf(JsonElement schema)
    {
        if (schema.TryGetProperty("$ref", out var reference)) return $"`{reference.GetString()!.Split('/')[^1]}`";
        if (schema.TryGetProperty("oneOf", out var one)) return string.Join(" or ", one.EnumerateArray().Select(NameOf).Where(name => name.Length > 0));
        return schema.TryGetProperty("items", out var items) ? $"array of {NameOf(items)}" : "";
    }

    static string Cell(string? text) => (text ?? "").Replace("|", "\\|", StringComparison.Ordinal).Replace('\n', ' ');
}

using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using AutoDev.ServiceDefaults.Security;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace AutoDev.ServiceDefaults.Http;

/// <summary>
/// The service's OpenAPI document, for those who write clients: what each route takes and answers comes from its code, its words from the code's own
/// documentation. What a handler reads by itself is told here by metadata.
/// </summary>
public static partial class ApiDescription
{
    const string Key = "key";

    /// <summary>The route takes one object, or an array of up to <paramref name="most"/>.</summary>
    public static TBuilder AcceptsOneOrMany<TBuilder>(this TBuilder endpoint, Type item, int most)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new OneOrMany(item, most));

    /// <summary>Its 200 has this shape where it has not the one that is produced else.</summary>
    public static TBuilder MayAlsoAnswer<TBuilder>(this TBuilder endpoint, Type shape)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new OtherShape(shape));

    /// <summary>The route reads <c>If-Match</c>.</summary>
    public static TBuilder AcceptsIfMatch<TBuilder>(this TBuilder endpoint, bool isRequired = false)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new IfMatchHeader(isRequired)).WithMetadata(ProblemOf(StatusCodes.Status412PreconditionFailed));

    /// <summary>The route may answer with these problems.</summary>
    public static TBuilder MayRefuse<TBuilder>(this TBuilder endpoint, params int[] statuses)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata([.. statuses.Select(ProblemOf)]);

    static ProducesResponseTypeMetadata ProblemOf(int status) => new(status, typeof(Microsoft.AspNetCore.Mvc.ProblemDetails), ["application/problem+json"]);

    internal static void AddApiDescription(this WebApplicationBuilder builder, string service) => builder.Services.AddOpenApi(options =>
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new()
            {
                Title = $"Auto-Dev: {service}",
                Version = "v1",
                Description = "Errors are problem+json (RFC 9457) with stable types. 429 and 503 pass: try the same request again after Retry-After, or with growing "
                    + "pauses; whatever has an id of the sender's own can be sent again without harm.",
            };

            // As the operations are filed, not by the handlers' classes.
            var operations = document.Paths.Values.SelectMany(path => path.Operations?.Values ?? Enumerable.Empty<OpenApiOperation>());
            var features = operations.SelectMany(operation => operation.Tags ?? Enumerable.Empty<OpenApiTagReference>()).Select(tag => tag.Reference.Id!);
            document.Tags = features.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(name => new OpenApiTag { Name = name }).ToHashSet();
            document.Components ??= new();
            document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal);
            document.Components.SecuritySchemes[Key] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "An API key; also taken as the header X-Api-Key.",
            };
            return Task.CompletedTask;
        });
        options.AddOperationTransformer(DescribeOperation);
        options.AddSchemaTransformer((schema, context, _) =>
        {
            schema.Description ??= context.JsonPropertyInfo?.AttributeProvider is PropertyInfo property
                ? Words.Of(property.DeclaringType!, $"P:{Words.NameOf(property.DeclaringType!)}.{property.Name}")
                : Words.Of(context.JsonTypeInfo.Type, $"T:{Words.NameOf(context.JsonTypeInfo.Type)}");
            return Task.CompletedTask;
        });
    });

    static async Task DescribeOperation(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellation)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var handler = metadata.OfType<MethodInfo>().LastOrDefault();
        if (handler?.DeclaringType is { } type)
        {
            operation.Summary ??= Title(Words.Of(type, $"M:{Words.NameOf(type)}.{handler.Name}")) ?? Title(Words.Of(type, $"T:{Words.NameOf(type)}"))
                ?? char.ToUpperInvariant(Spaced(type.Name)[0]) + Spaced(type.Name)[1..];
            if (!metadata.OfType<Microsoft.AspNetCore.Http.Metadata.ITagsMetadata>().Any())
                operation.Tags = new HashSet<OpenApiTagReference> { new(type.Namespace!.Split('.')[^1], context.Document) };
        }

        if (metadata.OfType<IAuthorizeData>().Any() && !metadata.OfType<IAllowAnonymous>().Any())
        {
            operation.Security = [new() { [new OpenApiSecuritySchemeReference(Key, context.Document)] = [] }];
            if (Roles.Of(metadata.OfType<IAuthorizeData>()) is { } role) operation.Description = $"Needs a key of the role {role} or above.";
        }

        operation.Parameters ??= [];
        foreach (var parameter in operation.Parameters.OfType<OpenApiParameter>().Where(p => p.In == ParameterLocation.Query))
        {
            var wire = JsonNamingPolicy.SnakeCaseLower.ConvertName(parameter.Name!);
            if (string.Equals(wire, parameter.Name, StringComparison.OrdinalIgnoreCase)) parameter.Name = wire; // binding does not mind the case
            parameter.Description ??= WordsOfQuery(handler, parameter.Name!);
        }

        foreach (var name in RouteParameter().Matches(context.Description.RelativePath ?? "").Select(m => m.Groups["name"].Value))
        {
            if (operation.Parameters.All(p => p.Name != name))
                operation.Parameters.Add(new OpenApiParameter { Name = name, In = ParameterLocation.Path, Required = true, Schema = Text() });
        }

        if (handler?.GetParameters().Any(p => p.ParameterType == typeof(PageRequest)) == true)
        {
            operation.Parameters.Add(Query("limit", "How many, 1 to 200; 50 where it is absent.", new() { Type = JsonSchemaType.Integer, Minimum = "1", Maximum = "200" }));
            operation.Parameters.Add(Query("cursor", "The next of the page before.", Text()));
        }

        if (metadata.OfType<IfMatchHeader>().LastOrDefault() is { } match)
        {
            operation.Parameters.Add(new OpenApiParameter
            {
                Name = "If-Match", In = ParameterLocation.Header, Required = match.IsRequired, Schema = Text(),
                Description = "The ETag of what was seen; if it has changed since, the answer is 412.",
            });
        }

        if (metadata.OfType<OneOrMany>().LastOrDefault() is { } body)
        {
            var item = await Component(body.Item, context, cancellation);
            var items = new OpenApiSchema { Type = JsonSchemaType.Array, MinItems = 1, MaxItems = body.Most, Items = item };
            operation.RequestBody = new OpenApiRequestBody { Required = true, Content = Json(new OpenApiSchema { OneOf = [item, items] }) };
        }

        if (metadata.OfType<OtherShape>().LastOrDefault() is { } other && operation.Responses?["200"] is OpenApiResponse { Content: { } content } answer)
            answer.Content = Json(new OpenApiSchema { OneOf = [content["application/json"].Schema!, await Component(other.Shape, context, cancellation)] });
    }

    /// <summary>Pure: what is said of a route without its verb and path, which are shown beside it; <c>null</c> where little more is said.</summary>
    internal static string? Title(string? words)
    {
        if (words is null) return null;
        var rest = Verb().Replace(words, "");
        return rest.Length == 0 || VerbOnly().IsMatch(rest) ? null : char.ToUpperInvariant(rest[0]) + rest[1..];
    }

    static async Task<OpenApiSchemaReference> Component(Type type, OpenApiOperationTransformerContext context, CancellationToken cancellation)
    {
        context.Document!.AddComponent(type.Name, await context.GetOrCreateSchemaAsync(type, null, cancellation));
        return new(type.Name, context.Document);
    }

    static Dictionary<string, OpenApiMediaType> Json(IOpenApiSchema schema) => new(StringComparer.Ordinal) { ["application/json"] = new() { Schema = schema } };

    static OpenApiSchema Text() => new() { Type = JsonSchemaType.String };

    static OpenApiParameter Query(string name, string words, OpenApiSchema schema) =>
        new() { Name = name, In = ParameterLocation.Query, Description = words, Schema = schema };

    static string? WordsOfQuery(MethodInfo? handler, string name) => handler?.GetParameters()
        .Where(p => p.IsDefined(typeof(AsParametersAttribute)))
        .SelectMany(p => p.ParameterType.GetProperties())
        .Where(p => string.Equals(JsonNamingPolicy.SnakeCaseLower.ConvertName(p.Name), name, StringComparison.Ordinal))
        .Select(p => Words.Of(p.DeclaringType!, $"P:{Words.NameOf(p.DeclaringType!)}.{p.Name}"))
        .FirstOrDefault();

    [GeneratedRegex(@"\{\*{0,2}(?<name>[^}:?]+)[^}]*\}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RouteParameter();

    [GeneratedRegex("^(GET|POST|PUT|PATCH|DELETE) ?[^:.,]*: ?", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Verb();

    static string Spaced(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name).Replace('_', ' ');

    [GeneratedRegex("^(GET|POST|PUT|PATCH|DELETE)\\b", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex VerbOnly();

    sealed record OneOrMany(Type Item, int Most);

    sealed record OtherShape(Type Shape);

    sealed record IfMatchHeader(bool IsRequired);
}

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AutoDev.ServiceDefaults.Http;

/// <summary>Errors as RFC 9457 problem details with stable types, so that a program can tell them apart.</summary>
public static class Problem
{
    /// <summary>400: the request itself is wrong; <paramref name="errors"/> names each property and what is wrong with it.</summary>
    public static ProblemHttpResult Invalid(IReadOnlyDictionary<string, string> errors) =>
        Of(StatusCodes.Status400BadRequest, "invalid-request", "The request is not valid", string.Join(" ", errors.Values), new() { ["errors"] = errors });

    /// <summary>400 for one property.</summary>
    public static ProblemHttpResult Invalid(string property, string what) =>
        Invalid(new Dictionary<string, string>(StringComparer.Ordinal) { [property] = what });

    /// <summary>404.</summary>
    public static ProblemHttpResult NotFound(string what) => Of(StatusCodes.Status404NotFound, "not-found", "Not found", what);

    /// <summary>409: the thing is in a state that does not allow this.</summary>
    public static ProblemHttpResult Conflict(string what) => Of(StatusCodes.Status409Conflict, "conflict", "Not possible in this state", what);

    /// <summary>412: what the caller saw has changed since.</summary>
    public static ProblemHttpResult Changed(string what) => Of(StatusCodes.Status412PreconditionFailed, "changed-since", "It has changed since you saw it", what);

    /// <summary>Any other, with a type of the caller's own: <c>/problems/{type}</c>.</summary>
    public static ProblemHttpResult Of(int status, string type, string title, string detail, Dictionary<string, object?>? extensions = null) =>
        TypedResults.Problem(detail, statusCode: status, title: title, type: $"/problems/{type}", extensions: extensions);
}

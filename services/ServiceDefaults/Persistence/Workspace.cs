using System.Reflection;

namespace AutoDev.ServiceDefaults.Persistence;

/// <summary>
/// The workspace that the current scope works for: the route's in an HTTP request, the message's in a consumer. Documents of another are out of reach.
/// A background job sets it itself before it asks for a session.
/// </summary>
public sealed class Workspace
{
    /// <summary>The tenant of a scope that has none: no document of any workspace is there.</summary>
    public const string None = "*";

    string _id = None;

    /// <summary>The workspace's id, or <see cref="None"/>.</summary>
    public string? Id
    {
        get => _id;
        set => _id = string.IsNullOrWhiteSpace(value) ? None : value;
    }
}

/// <summary>Reads a message's WorkspaceId, where its type has one.</summary>
static class WorkspaceOf<T>
{
    static readonly Func<T, string?>? Getter =
        typeof(T).GetProperty("WorkspaceId", BindingFlags.Public | BindingFlags.Instance) is { } property && property.PropertyType == typeof(string)
            ? property.GetMethod!.CreateDelegate<Func<T, string?>>()
            : null;

    public static string? Read(T message) => Getter?.Invoke(message);
}

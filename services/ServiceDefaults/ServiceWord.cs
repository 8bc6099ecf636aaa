using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AutoDev.ServiceDefaults;

/// <summary>The one word that names the service everywhere: queue prefix, database, <c>service.name</c>, route.</summary>
/// <param name="Value">Such as <c>memento</c>.</param>
public sealed record ServiceWord(string Value)
{
    /// <inheritdoc />
    public override string ToString() => Value;

    internal static void Set(WebApplicationBuilder builder, string word)
    {
        ((IHostApplicationBuilder)builder).Properties[nameof(ServiceWord)] = word;
        builder.Services.AddSingleton(new ServiceWord(word));
    }

    internal static string Of(WebApplicationBuilder builder) => (string)((IHostApplicationBuilder)builder).Properties[nameof(ServiceWord)];
}

using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace AutoDev.LanguageModels;

/// <summary>Adds language models to a service that has a meter for them.</summary>
public static class LanguageModelRegistration
{
    /// <summary>Adds <see cref="LanguageModel"/>, by the section <c>Models</c>.</summary>
    public static void AddLanguageModels(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<LanguageModelOptions>().BindConfiguration("Models")
            .Validate(o => o.Timeout > TimeSpan.Zero && o.Timeout <= TimeSpan.FromMinutes(10), "Models:Timeout must be above 0 and at most 10 minutes.")
            .Validate(o => o.Patience >= o.Timeout && o.Patience <= TimeSpan.FromMinutes(10), "Models:Patience must be at least Models:Timeout and at most 10 minutes.")
            .Validate(o => o.Retries is >= 0 and <= 10, "Models:Retries must be 0 to 10.")
            .Validate(o => o.Pause > TimeSpan.Zero && o.LongestPause >= o.Pause && o.LongestPause <= TimeSpan.FromMinutes(5),
                "Models:Pause must be above 0, and Models:LongestPause at least as long and at most 5 minutes.")
            .Validate(o => o.MaxOutputTokens is >= 256 and <= 200_000, "Models:MaxOutputTokens must be 256 to 200,000.")
            .Validate(o => o.Secrets.Values.All(s => s.File is null != s.Environment is null), "Each of Models:Secrets needs a File or an Environment, one of them.")
            .Validate(o => o.Secrets.Values.All(s => s.Hosts.Count > 0), "Each of Models:Secrets needs Hosts: those that it may be sent to.")
            .ValidateOnStart();
        builder.Services.AddSingleton<LanguageModel>();
    }
}

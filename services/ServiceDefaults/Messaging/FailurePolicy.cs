using MassTransit;
using MassTransit.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace AutoDev.ServiceDefaults.Messaging;

/// <summary>
/// What happens to a message whose consumer failed. What only collided is tried again at once; every other failure is first taken for a blip and tried
/// again after moments, in this process; then the message goes away and comes back after growing delays, for as long as its kind of failure deserves; at the end
/// it is a dead letter, with the reason. A message that is itself wrong is one at once. Settings: section <c>Failures</c>, by these names.
/// </summary>
public sealed record FailurePolicy
{
    /// <summary>Repetitions without a pause where somebody else was faster.</summary>
    public int Conflicts { get; init; } = 10;

    /// <summary>Pauses before repetitions in this process. The message stays unacknowledged meanwhile and takes one of the consumer's places.</summary>
    public IReadOnlyList<TimeSpan> Blips { get; init; } = [TimeSpan.FromSeconds(0.2), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3)];

    /// <summary>Delays after which a message comes back to its queue; the last one counts again and again. At least one.</summary>
    public IReadOnlyList<TimeSpan> Delays { get; init; } =
        [TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(10)];

    /// <summary>How long it is tried while database, broker, engine or network do not answer.</summary>
    public TimeSpan OutageFor { get; init; } = TimeSpan.FromHours(24);

    /// <summary>
    /// How long it is tried while the news that it builds on has not come, or while others keep being faster. News may itself come back after the longest delay.
    /// </summary>
    public TimeSpan OvertakenFor { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How long it is tried after a failure that nobody thought of.</summary>
    public TimeSpan UnexpectedFor { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Pure: the pause before the next attempt in this process; <c>null</c> when these are used up.</summary>
    internal TimeSpan? PauseAfter(FailureKind kind, int conflicts, int blips) => kind switch
    {
        FailureKind.Invalid => null,
        FailureKind.Conflict => conflicts < Conflicts ? TimeSpan.Zero : null,
        _ => blips < Blips.Count ? Blips[blips] : null,
    };

    /// <summary>Pure: after how long a message comes back that came back <paramref name="times"/> times already; <c>null</c> when it is a dead letter.</summary>
    internal TimeSpan? DelayAfter(FailureKind kind, int times, TimeSpan sinceFirstFailure)
    {
        var patience = kind switch
        {
            FailureKind.Outage => OutageFor,
            FailureKind.Overtaken or FailureKind.Conflict => OvertakenFor,
            FailureKind.Unexpected => UnexpectedFor,
            _ => TimeSpan.Zero,
        };
        var delay = Delays[Math.Min(times, Delays.Count - 1)];
        return sinceFirstFailure + delay <= patience ? delay : null;
    }

    internal static FailurePolicy Read(IConfiguration settings)
    {
        var usual = new FailurePolicy();
        var section = settings.GetSection("Failures");
        var read = usual with
        {
            Conflicts = section.GetValue(nameof(Conflicts), usual.Conflicts),
            Blips = section.GetSection(nameof(Blips)).Get<TimeSpan[]>() ?? usual.Blips,
            Delays = section.GetSection(nameof(Delays)).Get<TimeSpan[]>() ?? usual.Delays,
            OutageFor = section.GetValue(nameof(OutageFor), usual.OutageFor),
            OvertakenFor = section.GetValue(nameof(OvertakenFor), usual.OvertakenFor),
            UnexpectedFor = section.GetValue(nameof(UnexpectedFor), usual.UnexpectedFor),
        };
        return read.Delays.Count > 0 && read.Delays.All(d => d > TimeSpan.Zero) ? read : throw new InvalidOperationException("Failures:Delays must name delays above zero.");
    }

    /// <summary>The policy of the consumers that read this queue: the usual one, or as their definition changes it.</summary>
    internal static FailurePolicy Of(IRegistrationContext context, string queue)
    {
        var selector = (IContainerSelector)context.GetService(typeof(IContainerSelector))!;
        var names = context.GetRequiredService<IEndpointNameFormatter>();
        return selector.GetRegistrations<IConsumerRegistration>(context)
            .Select(registration => registration.GetDefinition(context))
            .Where(definition => definition.GetEndpointName(names) == queue)
            .OfType<IChangeFailurePolicy>()
            .Aggregate(Read(context.GetRequiredService<IConfiguration>()), (policy, definition) => definition.Change(policy));
    }
}

/// <summary>Implemented by the definition of a consumer whose failures are treated otherwise than is usual.</summary>
public interface IChangeFailurePolicy
{
    /// <summary>The consumer's policy, made from the usual one.</summary>
    FailurePolicy Change(FailurePolicy usual);
}

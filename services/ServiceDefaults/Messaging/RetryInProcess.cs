using MassTransit;
using MassTransit.Configuration;
using MassTransit.RetryPolicies;

namespace AutoDev.ServiceDefaults.Messaging;

/// <summary>
/// The repetitions that a <see cref="FailurePolicy"/> makes in this process. They sit on the endpoint, outside of the outbox: every attempt gets a new scope
/// and session. MassTransit gives a repeated message of a batch to its consumer alone; so the failure of a batch is taken for nobody's own, every message of it
/// is tried once more, and only the bad one fails for good.
/// </summary>
static class RetryInProcess
{
    public static void UseRetryInProcess(this IReceiveEndpointConfigurator endpoint, FailurePolicy policy)
    {
        endpoint.UseFilter(new CutOff());
        _ = new EveryMessage(endpoint, policy);
    }

    /// <summary>MassTransit's own observer repeats a batch as a whole, and then none of its messages.</summary>
    sealed class EveryMessage : ConfigurationObserver, IMessageConfigurationObserver
    {
        readonly IConsumePipeConfigurator _endpoint;
        readonly FailurePolicy _policy;

        public EveryMessage(IConsumePipeConfigurator endpoint, FailurePolicy policy)
            : base(endpoint)
        {
            (_endpoint, _policy) = (endpoint, policy);
            Connect(this);
        }

        public void MessageConfigured<T>(IConsumePipeConfigurator configurator)
            where T : class => Repeat<T>(sharesBlame: false);

        public override void BatchConsumerConfigured<TConsumer, T>(IConsumerMessageConfigurator<TConsumer, Batch<T>> configurator) => Repeat<T>(sharesBlame: true);

        void Repeat<T>(bool sharesBlame)
            where T : class
        {
            var specification = new ConsumeContextRetryPipeSpecification<ConsumeContext<T>, RetryConsumeContext<T>>(
                static (context, policy, retry) => new RetryConsumeContext<T>(context, policy, retry));
            specification.SetRetryPolicy(_ => new Policy(_policy, sharesBlame));
            _endpoint.AddPipeSpecification(specification);
        }
    }

    /// <param name="policy">What its consumer's definition says.</param>
    /// <param name="sharesBlame">Whether messages are consumed together, so that the first failure may be another's.</param>
    sealed class Policy(FailurePolicy policy, bool sharesBlame) : IRetryPolicy
    {
        public RetryPolicyContext<T> CreatePolicyContext<T>(T context)
            where T : class, PipeContext => new FirstAttempt<T>(this, context);

        public bool IsHandled(Exception exception) => true;

        public void Probe(ProbeContext context) => context.Set(new { Policy = nameof(RetryInProcess) });

        /// <returns>The pause, and what was used up; <c>null</c> for no further attempt here.</returns>
        public (TimeSpan Pause, Used Used)? Next(Exception failure, Used used)
        {
            var kind = Failure.KindOf(failure);
            var pause = policy.PauseAfter(kind, used.Conflicts, used.Blips);
            if (pause is null && !(sharesBlame && used.Attempts == 0)) return null;
            return (pause ?? TimeSpan.Zero, kind == FailureKind.Conflict
                ? used with { Attempts = used.Attempts + 1, Conflicts = used.Conflicts + 1 }
                : used with { Attempts = used.Attempts + 1, Blips = used.Blips + 1 });
        }
    }

    sealed record Used(int Attempts, int Conflicts, int Blips);

    sealed class FirstAttempt<T>(Policy policy, T context) : BaseRetryPolicyContext<T>(policy, context)
        where T : class, PipeContext
    {
        public override bool CanRetry(Exception exception, out RetryContext<T> retryContext)
        {
            var next = policy.Next(exception, new(0, 0, 0));
            retryContext = new Repetition<T>(policy, Context, exception, next ?? (TimeSpan.Zero, new(0, 0, 0)), CancellationToken);
            return next is not null && !CancellationToken.IsCancellationRequested;
        }

        protected override RetryContext<T> CreateRetryContext(Exception exception, CancellationToken cancellationToken) =>
            new Repetition<T>(policy, Context, exception, (TimeSpan.Zero, new(0, 0, 0)), cancellationToken);
    }

    sealed class Repetition<T>(Policy policy, T context, Exception exception, (TimeSpan Pause, Used Used) next, CancellationToken cancellation)
        : BaseRetryContext<T>(context, exception, next.Used.Attempts - 1, cancellation), RetryContext<T>
        where T : class, PipeContext
    {
        public override TimeSpan? Delay => next.Pause > TimeSpan.Zero ? next.Pause : null;

        public bool CanRetry(Exception exception, out RetryContext<T> retryContext)
        {
            var after = policy.Next(exception, next.Used);
            retryContext = new Repetition<T>(policy, Context, exception, after ?? next, CancellationToken);
            return after is not null;
        }
    }

    /// <summary>
    /// Whatever a consumer waited for in vain is a failure like others. MassTransit takes every cancellation for its own and gives the message back to the
    /// queue, at once and for ever.
    /// </summary>
    sealed class CutOff : IFilter<ConsumeContext>
    {
        public async Task Send(ConsumeContext context, IPipe<ConsumeContext> next)
        {
            try
            {
                await next.Send(context);
            }
            catch (OperationCanceledException e) when (!context.CancellationToken.IsCancellationRequested)
            {
                throw new TimeoutException($"The consumer waited in vain: {e.Message}", e);
            }
        }

        public void Probe(ProbeContext context) => context.CreateFilterScope("cutOff");
    }
}

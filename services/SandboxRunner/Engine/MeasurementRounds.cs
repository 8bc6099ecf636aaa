using System.Globalization;

namespace AutoDev.SandboxRunner.Engine;

/// <summary>One measurement under way: rounds of executions in one container until the intervals are narrow or something else ends it.</summary>
sealed class MeasurementRounds(MeasurementJob job, SandboxOptions options, TimeProvider clock)
{
    /// <summary>How long the container may be needed: the last execution may begin just before the budget is used up.</summary>
    public TimeSpan LongestTime { get; } = TimeSpan.FromSeconds(Math.Min(job.BudgetSeconds, options.ContainerSeconds / 2)) + options.Patience(job.Limits);

    /// <summary>Measures from the beginning.</summary>
    public async Task<(Measurement Result, Loss? Loss)> RunAsync(SandboxContainer container, CancellationToken cancellation)
    {
        var begun = clock.GetTimestamp();
        var random = new Random(job.Seed);
        var original = new Times(job.Original);
        var variants = job.Variants.Select(source => new Times(source)).ToArray();
        for (var rounds = 0; ; rounds++)
        {
            Times[] order = [original, .. variants.Where(v => v.Failed is null)];
            if (order.Length == 1) return (End("failed", "no variant came to an end"), null);
            if (rounds >= job.LeastRounds && Array.TrueForAll(order[1..], IsNarrow)) return (End("narrow", null), null);
            if (rounds >= job.MostRounds) return (End("rounds", "the intervals are wide even after the most rounds"), null);
            random.Shuffle(order);
            foreach (var source in order)
            {
                if (clock.GetElapsedTime(begun).TotalSeconds >= job.BudgetSeconds) return (End("budget", "the time was used up"), null);
                if (await ExecuteAsync(container, source, cancellation) is { } loss) return (End("lost", loss.Reason), loss);
                if (original.Failed is { } why) return (End("failed", why), null);
            }

            Measurement End(string stopped, string? reason)
            {
                // A round that was broken off pairs nothing.
                foreach (var source in variants.Append(original)) source.Trim(rounds);
                return new(original.Measured(), [.. variants.Select(v => new MeasuredVariant(v.Measured(), RatioOf(v)))], rounds, stopped, reason);
            }
        }

        bool IsNarrow(Times variant) => RatioOf(variant) is { } interval && interval.High / interval.Low - 1 <= job.TargetWidth;

        RatioInterval? RatioOf(Times variant) => variant.Failed is null ? PairedRatio.Of(original.CpuMs, variant.CpuMs, job.Confidence) : null;
    }

    /// <summary>One source, once, in a process of its own.</summary>
    async Task<Loss?> ExecuteAsync(SandboxContainer container, Times times, CancellationToken cancellation)
    {
        var run = new SandboxJob(job.RunId, job.WorkspaceId, times.Source, job.FunctionName, job.Inputs, job.Limits)
        {
            Analyse = false, Isolation = Isolation.Request,
        };
        var heard = new RunReports(run, progress: null);
        var loss = await container.AskAsync(SupervisorProtocol.Run(run, options, answers: false), heard.Hear, options.Patience(job.Limits), cancellation);
        if (loss is null) times.Take(heard.Outcome(null));
        return loss;
    }

    sealed class Times(string source)
    {
        readonly List<double> _wallMs = [], _loadCpuMs = [];
        readonly List<long> _peakKb = [];
        int _raised;

        public string Source { get; } = source;

        public List<double> CpuMs { get; } = [];

        public string? Failed { get; private set; }

        public void Take(SandboxOutcome outcome)
        {
            Failed = WhyItDoesNotCount(outcome);
            if (Failed is not null) return;
            if (CpuMs.Count == 0) _raised = outcome.Calls.Count(c => c.Answer is not { Kind: Said.Ok });
            CpuMs.Add(outcome.Calls.Sum(c => c.CpuMs));
            _wallMs.Add(outcome.Calls.Sum(c => c.WallMs));
            _loadCpuMs.Add(outcome.Load!.CpuMs);
            _peakKb.Add(outcome.Calls.Max(c => c.PeakKb));
        }

        public void Trim(int rounds)
        {
            if (CpuMs.Count <= rounds) return;
            CpuMs.RemoveRange(rounds, CpuMs.Count - rounds);
            _wallMs.RemoveRange(rounds, _wallMs.Count - rounds);
            _loadCpuMs.RemoveRange(rounds, _loadCpuMs.Count - rounds);
            _peakKb.RemoveRange(rounds, _peakKb.Count - rounds);
        }

        public MeasuredSource Measured() => new(CpuMs, _wallMs, _loadCpuMs, _peakKb, _raised, Failed);

        static string? WhyItDoesNotCount(SandboxOutcome outcome)
        {
            if (outcome.Load is not { Answer.Kind: Said.Ok }) return "it did not load";
            for (var i = 0; i < outcome.Calls.Count; i++)
            {
                if (outcome.Calls[i].Ended != "answered")
                    return string.Create(CultureInfo.InvariantCulture, $"input {i + 1} ended: {outcome.Calls[i].Ended}");
            }

            return null;
        }
    }
}

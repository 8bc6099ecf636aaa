using AutoDev.Gating;
using AutoDev.Governance.Agents;
using AutoDev.Governance.Gates;
using AutoDev.Governance.Workspaces;
using AutoDev.ServiceDefaults.Http;
using Marten;

namespace AutoDev.Governance.Diagnosis;

/// <summary>
/// <c>GET /workspaces/{workspace}/agents/{agent}/diagnosis?capability=</c>: why did nothing happen? Walks from the first switch to the last signal, and says
/// for each question the answer, the facts behind it and what to do. A person reads it, so the other services are asked over HTTP, with that person's key.
/// </summary>
static class DiagnoseAgent
{
    public static async Task<IResult> Handle(
        string workspace, string agent, IQuerySession session, OtherServices others, TimeProvider clock, CancellationToken cancellation,
        string capability = "memento_skills")
    {
        if (Capability.All.FirstOrDefault(c => c.Name == capability) is not { } wanted)
            return Problem.Invalid("capability", $"capability must be one of {string.Join(", ", Capability.All.Select(c => c.Name))}.");
        agent = Agent.IdOf(agent);
        var governed = (await session.LoadAsync<GovernedWorkspace>(workspace, cancellation))!;
        var known = await session.LoadAsync<Agent>(agent, cancellation);

        var (w, a) = ($"workspaces/{Uri.EscapeDataString(workspace)}", Uri.EscapeDataString(agent));
        var failures = others.AskAsync<ListOf<EpisodeTold>>("reflection", $"{w}/episodes?agent={a}&outcome=failure&limit=1", cancellation);
        var patterns = others.AskAsync<ListOf<PatternTold>>("reflection", $"{w}/patterns?agent={a}&limit=20", cancellation);
        var candidates = others.AskAsync<ListOf<CandidateTold>>("memento", $"{w}/candidates?agent={a}&limit=50", cancellation);
        var usage = others.AskAsync<UsageTold>(wanted.CountedAs == "memento_skills" ? "memento" : "evolver", $"{w}/usage", cancellation);
        var generator = others.AskAsync<GeneratorTold>("memento", $"{w}/generator", cancellation);
        var engine = others.AskAsync<EngineTold>("sandboxrunner", $"{w}/engine", cancellation);
        var pending = others.AskAsync<ListOf<ScoreTold>>("fitness", $"{w}/scores?status=pending&limit=200", cancellation);
        var waiting = others.AskAsync<ListOf<ScoreTold>>("fitness", $"{w}/scores?status=waiting&limit=20", cancellation);
        var newest = (await candidates).Value?.Items is [var candidate, ..]
            ? await others.AskAsync<ChecksTold>("memento", $"{w}/candidates/{candidate.Id}", cancellation)
            : null;

        var now = clock.GetUtcNow();
        var overMoney = await session.LoadManyAsync<Refusals>(
            cancellation, Refusals.IdOf(wanted.Name, "spend_cap_exceeded", agent), Refusals.IdOf(wanted.Name, "model_price_unknown", agent));
        return TypedResults.Ok(Decide(new()
        {
            AgentId = agent, Capability = wanted, Settings = governed.Settings, Agent = known, Now = now, Failures = await failures,
            Patterns = await patterns, Candidates = await candidates, Newest = newest, Usage = await usage, Generator = await generator, Engine = await engine,
            Pending = await pending, Waiting = await waiting,
            RefusedOverMoney =
            [
                .. overMoney.SelectMany(r => r.Recent).Where(r => r.At > governed.ChangedAt && r.At.UtcDateTime.Date == now.UtcDateTime.Date)
                    .OrderByDescending(r => r.At).Take(3),
            ],
        }));
    }

    /// <summary>
    /// Pure: every question in the order of the loop. The cause is the first that blocks; where none does, the first that waits for somebody; where none does
    /// either, that there is nothing to do.
    /// </summary>
    public static DiagnosisView Decide(DiagnosisFacts f)
    {
        List<Finding> questions = [GateQuestions.Enabled(f), GateQuestions.CapabilityOn(f), GateQuestions.Maturity(f)];
        if (f.Capability == Capability.MementoSkills) questions.AddRange([LoopQuestions.Failures(f), LoopQuestions.Pattern(f)]);
        questions.AddRange([GateQuestions.Quota(f), GateQuestions.Spend(f)]);
        if (f.Capability == Capability.MementoSkills) questions.Add(LoopQuestions.Generator(f));
        questions.Add(LoopQuestions.Sandbox(f));
        if (f.Capability == Capability.MementoSkills) questions.AddRange([LoopQuestions.Security(f), LoopQuestions.Validation(f), LoopQuestions.Review(f)]);
        questions.AddRange([LoopQuestions.Signals(f), GateQuestions.Graduation(f)]);

        string[] graver = ["blocks", "waits", "idle"];
        var cause = graver.Select(state => questions.FirstOrDefault(q => q.State == state)).FirstOrDefault(q => q is not null);
        var unknown = questions.Where(q => q.State == "unknown").Select(q => q.Question).ToList();
        var summary = (cause?.Answer ?? "Nothing is in the way.") + (unknown.Count == 0 ? "" : $" Not known: {string.Join(", ", unknown)}.");
        return new(f.AgentId, f.Capability.Name, f.Now, summary, cause?.Question, questions);
    }
}

/// <summary>A diagnosis.</summary>
/// <param name="AgentId">Of whom.</param>
/// <param name="Capability">Of what it may do.</param>
/// <param name="At">When.</param>
/// <param name="Summary">In a sentence.</param>
/// <param name="Cause">The question whose answer it is; <c>null</c> where nothing is in the way.</param>
/// <param name="Questions">All of them, in the order of the loop.</param>
sealed record DiagnosisView(string AgentId, string Capability, DateTimeOffset At, string Summary, string? Cause, IReadOnlyList<Finding> Questions);

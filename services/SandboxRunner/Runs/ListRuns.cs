using AutoDev.ServiceDefaults.Http;
using Marten;
using Microsoft.AspNetCore.Mvc;

namespace AutoDev.SandboxRunner.Runs;

/// <summary>A workspace's runs, newest first, without their results.</summary>
static class ListRuns
{
    /// <summary>Filters: <c>status</c>, <c>requested_by</c>, <c>subject_id</c>.</summary>
    public static async Task<Page<RunSummary>> List(
        PageRequest page, IQuerySession session, CancellationToken cancellation,
        string? status = null, [FromQuery(Name = "requested_by")] string? requestedBy = null, [FromQuery(Name = "subject_id")] Guid? subjectId = null)
    {
        var beforeId = Guid.TryParse(page.BeforeId, out var parsed) ? parsed : Guid.Empty;
        var query = session.Query<SandboxRun>().Where(r => r.CompletedAt < page.Before || (r.CompletedAt == page.Before && r.Id.CompareTo(beforeId) < 0));
        if (status is not null) query = query.Where(r => r.Status == status);
        if (requestedBy is not null) query = query.Where(r => r.RequestedBy == requestedBy);
        if (subjectId is { } subject) query = query.Where(r => r.SubjectId == subject);
        var loaded = await query.OrderByDescending(r => r.CompletedAt).ThenByDescending(r => r.Id).Take(page.Limit + 1)
            .Select(r => new RunSummary
            {
                Id = r.Id, RequestedBy = r.RequestedBy, SubjectId = r.SubjectId, FunctionName = r.FunctionName, Inputs = r.Inputs, Status = r.Status,
                StartedAt = r.StartedAt, CompletedAt = r.CompletedAt,
            })
            .ToListAsync(cancellation);
        return page.Of(loaded, r => r.CompletedAt, r => r.Id.ToString(), r => r);
    }
}

/// <summary>A run without its results.</summary>
sealed record RunSummary
{
    public Guid Id { get; init; }

    public string RequestedBy { get; init; } = "";

    public Guid SubjectId { get; init; }

    public string FunctionName { get; init; } = "";

    public int Inputs { get; init; }

    public string Status { get; init; } = "";

    public DateTimeOffset StartedAt { get; init; }

    public DateTimeOffset CompletedAt { get; init; }
}

using AutoDev.ServiceDefaults.Persistence;

namespace AutoDev.Memento.Candidates;

/// <summary>Ids that follow from what they stand for, so that a repeated message or click finds what the first one made.</summary>
public static class CandidateId
{
    /// <summary>The candidate for one attempt at a pattern.</summary>
    public static Guid Of(Guid patternId, int attempt) => NamedId.Of($"candidate/{patternId:N}/{attempt}");

    /// <summary>The candidate that regeneration makes of another.</summary>
    public static Guid SuccessorOf(Guid candidateId) => NamedId.Of($"successor/{candidateId:N}");

    /// <summary>The candidate for the first import of a skill into a workspace, by its content.</summary>
    public static Guid OfImport(string workspace, string contentSha256) => NamedId.Of($"import/{workspace}/{contentSha256}");

    /// <summary>The sandbox run that validates a candidate's try, counted from 1, on so many held-out examples.</summary>
    public static Guid RunOf(Guid candidateId, int tries, int heldOut) => NamedId.Of(tries == 1 ? $"run/{candidateId:N}/{heldOut}" : $"run/{candidateId:N}/{heldOut}/{tries}");

    /// <summary>A candidate's place in a bulk decision.</summary>
    public static Guid InBulk(Guid bulkId, Guid candidateId) => NamedId.Of($"bulk/{bulkId:N}/{candidateId:N}");

    /// <summary>The search for what the catalog has that is nearly the same as a candidate.</summary>
    public static Guid DuplicatesOf(Guid candidateId) => NamedId.Of($"duplicates/{candidateId:N}");

    /// <summary>The sandbox run that shows what a version of a skill makes of the inputs that a candidate was validated on.</summary>
    public static Guid ComparisonOf(Guid validatingRun, string skillVersion) => NamedId.Of($"comparison/{validatingRun:N}/{skillVersion}");
}

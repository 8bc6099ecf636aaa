using AutoDev.Fitness.Outcomes;
using Marten;

namespace AutoDev.Fitness.Variants;

/// <summary>How a version does where it is used, over the last 90 days. It is no part of a score.</summary>
/// <param name="Outcomes">Executions, episodes and feedback.</param>
/// <param name="Mean">Of their values, 0 to 1.</param>
/// <param name="Low">Lower end of the mean's 95 % interval.</param>
/// <param name="High">Upper end of it.</param>
/// <param name="P50Seconds">Half of the executions took no longer; <c>null</c> where there is none.</param>
/// <param name="MeanTokens">What an execution needed of a model; <c>null</c> where there is none.</param>
public sealed record LiveFigures(long Outcomes, double Mean, double Low, double High, double? P50Seconds, double? MeanTokens)
{
    /// <summary>Of every version of a skill that has outcomes, by version.</summary>
    internal static async Task<IReadOnlyDictionary<string, LiveFigures>> OfSkillAsync(IQuerySession session, string skill, CancellationToken cancellation)
    {
        await using var sum = OutcomeTable.Command(
            session,
            $"""
             select of_version, count(*), avg(value), percentile_disc(0.5) within group (order by seconds), cast(avg(tokens) as double precision)
             from {OutcomeTable.WithVersion} n where tenant_id = $1 and skill = $2 and of_version is not null group by of_version
             """, skill);
        await using var reader = await session.ExecuteReaderAsync(sum, cancellation);
        var found = new Dictionary<string, LiveFigures>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellation))
        {
            var (count, band) = (reader.GetInt64(1), Proportion.Of(reader.GetInt64(1), reader.GetDouble(2)));
            found[reader.GetString(0)] = new(
                count, band.Mean, band.Low, band.High, reader.IsDBNull(3) ? null : reader.GetDouble(3), reader.IsDBNull(4) ? null : reader.GetDouble(4));
        }

        return found;
    }
}

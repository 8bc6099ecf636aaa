using AutoDev.Fitness.Weights;
using Marten;
using Npgsql;

namespace AutoDev.Fitness.Scores;

/// <summary>All signals of one name that count for a subject.</summary>
/// <param name="Name">The signal.</param>
/// <param name="IsExternal">Whether they are of the second stage.</param>
/// <param name="Count">How many.</param>
/// <param name="Weight">What they add together.</param>
readonly record struct SignalGroup(string Name, bool IsExternal, int Count, decimal Weight);

/// <summary>Reads of a subject's signals what deciding needs, and no more.</summary>
static class SignalRows
{
    /// <summary>The signals that those which were heard are about, see <see cref="CountSignals.Decide"/>.</summary>
    public static async Task<IReadOnlyList<Signal>> AboutAsync(this IQuerySession session, IReadOnlyCollection<Signal> heard, CancellationToken cancellation)
    {
        if (heard.Count == 0) return [];
        var ids = heard.Select(s => s.Id).Concat(heard.Select(s => s.VoidedRow).OfType<string>()).Distinct(StringComparer.Ordinal).ToArray();
        var same = await session.LoadManyAsync<Signal>(cancellation, ids);
        var voiders = await session.Query<Signal>().Where(s => s.VoidedRow!.IsOneOf(ids)).ToListAsync(cancellation);
        return [.. same.Concat(voiders).DistinctBy(s => s.Id, StringComparer.Ordinal)];
    }

    /// <summary>A subject's signals that were counted before this revision, last counted first.</summary>
    public static IQueryable<Signal> SignalsOf(this IQuerySession session, string subject, int before = int.MaxValue)
    {
        var (first, end) = (ScoreChange.IdOf(subject, 0), ScoreChange.IdOf(subject, before));
        return session.Query<Signal>().Where(s => s.Subject == subject && string.Compare(s.Place, first) >= 0 && string.Compare(s.Place, end) < 0)
            .OrderByDescending(s => s.Place);
    }

    /// <summary>A subject's changes before this revision, newest first.</summary>
    public static IQueryable<ScoreChange> ChangesOf(this IQuerySession session, string subject, int before = int.MaxValue)
    {
        var (first, end) = (ScoreChange.IdOf(subject, 0), ScoreChange.IdOf(subject, before));
        return session.Query<ScoreChange>().Where(c => c.Subject == subject && string.Compare(c.Id, first) >= 0 && string.Compare(c.Id, end) < 0)
            .OrderByDescending(c => c.Id);
    }

    /// <summary>What a subject's signals add up to, by name; in one reading in the database, however many there are.</summary>
    public static async Task<IReadOnlyList<SignalGroup>> GroupsAsync(
        this IQuerySession session, string subject, SignalWeights weights, CancellationToken cancellation)
    {
        await using var sum = new NpgsqlCommand(
            $"""
             select data ->> 'Name', data ->> 'Source' = '{Signal.ExternalSource}', count(*)::integer, coalesce(sum(least((data ->> 'Amount')::numeric, $3)), 0)
             from mt_doc_signal
             where tenant_id = $1 and place >= $4 and place <= $5 and data ->> 'Subject' = $2
                 and data ->> 'VoidedBy' is null and data ->> 'Name' <> '{SignalWeights.Retraction}'
             group by 1, 2 order by 1
             """)
        {
            Parameters =
            {
                new() { Value = session.TenantId }, new() { Value = subject }, new() { Value = weights.Of(SignalWeights.ConversionValue) },
                new() { Value = ScoreChange.IdOf(subject, 0) }, new() { Value = ScoreChange.IdOf(subject, int.MaxValue) },
            },
        };
        await using var reader = await session.ExecuteReaderAsync(sum, cancellation);
        var groups = new List<SignalGroup>();
        while (await reader.ReadAsync(cancellation))
        {
            var (name, count) = (reader.GetString(0), reader.GetInt32(2));
            groups.Add(new(name, reader.GetBoolean(1), count, name == SignalWeights.ConversionValue ? reader.GetDecimal(3) : count * weights.Of(name)));
        }

        return groups;
    }
}

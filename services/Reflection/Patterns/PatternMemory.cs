using AutoDev.ServiceDefaults.Persistence;
using Marten;
using Microsoft.Extensions.Caching.Memory;

namespace AutoDev.Reflection.Patterns;

/// <summary>
/// Patterns that this process read or wrote lately. Each is used only in the version that the database has, which is asked every time: what another instance, or an
/// operator, changed meanwhile is read again. A pattern that fails every few moments is so neither turned into text there nor parsed here.
/// </summary>
sealed class PatternMemory : IDisposable
{
    const int Most = 10_000;

    readonly MemoryCache _patterns = new(new MemoryCacheOptions { SizeLimit = Most });

    /// <summary>Those of them that exist, as they are.</summary>
    public async Task<IReadOnlyDictionary<Place<Guid>, FailurePattern>> LoadAsync(
        IQuerySession session, IReadOnlyCollection<Place<Guid>> places, CancellationToken cancellation)
    {
        var known = places.ToDictionary(place => place, place => _patterns.Get<Versioned<FailurePattern>>(place));
        var found = await session.LoadManyAsync(known, cancellation);
        foreach (var (place, pattern) in found.Where(f => !ReferenceEquals(f.Value, known[f.Key]))) Remember(place, pattern);
        return found.ToDictionary(f => f.Key, f => f.Value.Document);
    }

    /// <summary>With the session's commit. If that fails nothing ever has the version under which they are remembered.</summary>
    public void Store(IDocumentSession session, IReadOnlyDictionary<Place<Guid>, FailurePattern> changed)
    {
        var version = session.StoreMany<FailurePattern, Guid>([.. changed.Select(p => (p.Key, p.Value))]);
        foreach (var (place, pattern) in changed) Remember(place, new(version, pattern));
    }

    public void Dispose() => _patterns.Dispose();

    void Remember(Place<Guid> place, Versioned<FailurePattern> pattern) => _patterns.Set(place, pattern, new MemoryCacheEntryOptions { Size = 1 });
}

using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace AutoDev.ServiceDefaults.Http;

/// <summary>One page of a list.</summary>
/// <param name="Items">The items, in the list's order.</param>
/// <param name="Next">The cursor of the next page, to be sent as <c>cursor</c>; <c>null</c> on the last page.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>
/// Lists are ordered newest first by time and id, and a cursor holds the last item's; pages stay right while items are added.
/// Query parameters <c>limit</c> (1 to 200, default 50) and <c>cursor</c>.
/// </summary>
public sealed record PageRequest(int Limit, DateTimeOffset Before, string BeforeId)
{
    /// <summary>Reads <c>limit</c> and <c>cursor</c> from the query string.</summary>
    /// <exception cref="BadHttpRequestException">Either is not valid.</exception>
    public static ValueTask<PageRequest> BindAsync(HttpContext context) => new(Parse(context.Request.Query["limit"].ToString(), context.Request.Query["cursor"].ToString()));

    /// <summary>The same from the two texts; empty ones stand for the default and the first page.</summary>
    /// <exception cref="BadHttpRequestException">Either is not valid.</exception>
    public static PageRequest Parse(string limitText, string cursor)
    {
        var limit = 50;
        if (limitText.Length > 0 && (!int.TryParse(limitText, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > 200))
            throw new BadHttpRequestException("limit must be a whole number from 1 to 200.");
        if (cursor.Length == 0) return new PageRequest(limit, DateTimeOffset.MaxValue, "");
        try
        {
            var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor)).Split('|', 2);
            return new PageRequest(limit, new DateTimeOffset(long.Parse(parts[0], CultureInfo.InvariantCulture), TimeSpan.Zero), parts[1]);
        }
        catch (Exception e) when (e is FormatException or IndexOutOfRangeException or OverflowException or ArgumentException)
        {
            throw new BadHttpRequestException("cursor is not one that this list gave out.", e);
        }
    }

    /// <summary>The key by which such a list is ordered, of an item's moment and id; fixed width, so that text order is time order.</summary>
    public static string SortKeyOf(DateTimeOffset at, string id) => $"{at.UtcTicks:D19}/{id}";

    /// <summary>Makes a page of up to <see cref="Limit"/> + 1 loaded items: the one too many says that there is a next page.</summary>
    public Page<TItem> Of<T, TItem>(IReadOnlyList<T> loaded, Func<T, DateTimeOffset> time, Func<T, string> id, Func<T, TItem> show)
    {
        var items = loaded.Take(Limit).ToList();
        var next = loaded.Count > Limit
            ? Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"{time(items[^1]).UtcTicks}|{id(items[^1])}"))
            : null;
        return new([.. items.Select(show)], next);
    }
}

using AutoDev.OperatorConsole.Inbox;
using Marten;
using Marten.Linq;
using Xunit;

namespace AutoDev.OperatorConsole.Tests.Inbox;

/// <summary>An inbox that is full, beside a history that is longer; on a real database.</summary>
public sealed class ListInboxTests(ConsoleService console)
{
    const int Waiting = 1500;
    const int Decided = 3000;

    [Theory]
    [InlineData(null)]
    [InlineData("newest")]
    [InlineData("risk")]
    [InlineData("fitness")]
    [InlineData("cost")]
    public async Task A_page_of_a_full_inbox_is_found_among_what_waits_alone_and_counted(string? sort)
    {
        var workspace = await FilledAsync();
        var asked = new InboxQuery(Sort: sort);
        var (page, plan) = await console.InStoreAsync(workspace, async session => (
            await ListInbox.QueryAsync(session, asked, default), await ListInbox.OnPage(ListInbox.Find(session, asked), asked).ExplainAsync(default, explain => explain.Analyze())));
        Assert.Equal((Waiting, ListInbox.PageSize), (page.Total, page.Items.Count));

        // What was decided long ago is not looked at, and of what waits the page alone where no two have the same place in the order.
        var read = Scans(plan).ToList();
        Assert.NotEmpty(read);
        Assert.All(read, scan => Assert.Matches("Index|Bitmap", scan.NodeType)); // which of the two, PostgreSQL decides by its samples
        Assert.True(read.Sum(scan => scan.ActualRows) <= (sort is null or "newest" ? 2 * ListInbox.PageSize : Waiting), $"{sort}: {read.Sum(scan => scan.ActualRows)} rows");
    }

    [Fact]
    public async Task Every_item_is_on_one_page_whatever_they_are_ordered_by()
    {
        var workspace = await FilledAsync();
        foreach (var sort in InboxQuery.Sorts)
        {
            var seen = new HashSet<Guid>();
            for (var page = 1; page <= Waiting / ListInbox.PageSize; page += 20) // each page's ids differ from any other's
                seen.UnionWith((await console.InStoreAsync(workspace, s => ListInbox.QueryAsync(s, new(Sort: sort, Page: page), default))).Items.Select(i => i.Id));
            Assert.Equal(3 * ListInbox.PageSize, seen.Count);
        }

        var last = await console.InStoreAsync(workspace, s => ListInbox.QueryAsync(s, new(Page: Waiting / ListInbox.PageSize), default));
        Assert.Equal(ListInbox.PageSize, last.Items.Count);
        Assert.Empty((await console.InStoreAsync(workspace, s => ListInbox.QueryAsync(s, new(Page: 1 + Waiting / ListInbox.PageSize), default))).Items);
        var found = await console.InStoreAsync(workspace, s => ListInbox.QueryAsync(s, new(Search: "SKILL_7", Risk: "high", Agent: "agent-7"), default));
        Assert.All(found.Items, i => Assert.Equal(("agent-7", RiskLevel.High), (i.AgentId, i.Risk)));
        Assert.True(found.Total is > 0 and < Waiting / 10);
    }

    async Task<string> FilledAsync()
    {
        var workspace = await console.WorkspaceAsync();
        await console.InStoreAsync(workspace, async session =>
        {
            session.Store(Enumerable.Range(0, Waiting + Decided).Select(Item).ToArray());
            await session.SaveChangesAsync();
            return await session.ExecuteAsync(new Npgsql.NpgsqlCommand("analyze mt_doc_inboxitem"));
        });
        return workspace;

        InboxItem Item(int i)
        {
            var said = Said.In(workspace);
            var item = new InboxItem { Id = said.Candidate, Cost = i % 7 }.With(said.Proposed() with { SkillName = $"skill_{i % 50}", AgentId = $"agent-{i % 10}" })
                .With(said.Validated() with
                {
                    SkillName = $"skill_{i % 50}", AgentId = $"agent-{i % 10}", HeldOutPassed = i % 5, HeldOutTotal = 4, ValidatedAt = Said.Noon.AddSeconds(i),
                }).With(said.Scored(i % 100 / 100.0, signals: 1));
            return i < Waiting ? item : item.With(said.Approved());
        }
    }

    static IEnumerable<QueryPlan> Scans(QueryPlan plan) =>
        (plan.NodeType.Contains("Scan", StringComparison.Ordinal) && plan.NodeType != "Bitmap Index Scan" ? [plan] : Array.Empty<QueryPlan>()).Concat((plan.Plans ?? []).SelectMany(Scans));
}

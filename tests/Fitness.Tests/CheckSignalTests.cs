using AutoDev.Contracts.Ingest;
using AutoDev.Fitness.Signals;
using Xunit;

namespace AutoDev.Fitness.Tests;

public sealed class CheckSignalTests
{
    static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    static readonly FitnessSignalReport Good = new()
    {
        SignalId = "crm-77", WorkspaceId = "acme", Subject = "skill:extract_invoice_id@1.0.0", Signal = "conversion_value", Value = 120, OccurredAt = Now,
    };

    [Fact]
    public void A_good_report_has_no_faults()
    {
        Assert.Empty(CheckSignal.Faults(Good, workspaceOfPath: null, Now));
        Assert.Empty(CheckSignal.Faults(Good with { WorkspaceId = null }, "acme", Now));
        Assert.Empty(CheckSignal.Faults(Good with { Signal = "invoice_created", Value = null, OccurredAt = null }, "acme", Now));
    }

    [Fact]
    public void An_empty_report_hears_of_every_fault_at_once() =>
        Assert.Equal(["signal", "signal_id", "subject", "workspace_id"], CheckSignal.Faults(new(), workspaceOfPath: null, Now).Keys.Order());

    [Fact]
    public void A_report_with_every_fault_hears_of_all_of_them() =>
        Assert.Equal(["occurred_at", "signal", "signal_id", "subject", "value", "workspace_id"], CheckSignal.Faults(
            new() { SignalId = "a\0b", WorkspaceId = "other", Subject = "skill:x", Signal = "approved", Value = -1, OccurredAt = Now.AddDays(2) },
            "acme", Now).Keys.Order());

    [Theory]
    [InlineData("approved")]
    [InlineData("rejected")]
    [InlineData("no_syntax_error")]
    [InlineData("INVOICE_CREATED")]
    public void Only_business_outcomes_can_be_reported_from_outside(string signal) =>
        Assert.Contains("invoice_created", CheckSignal.Faults(Good with { Signal = signal }, null, Now)["signal"], StringComparison.Ordinal);

    [Theory]
    [InlineData(null)]
    [InlineData(-0.01)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_conversion_value_needs_a_real_amount(double? value) =>
        Assert.Equal(["value"], CheckSignal.Faults(Good with { Value = value }, null, Now).Keys);

    [Fact]
    public void An_id_of_two_hundred_characters_is_the_longest()
    {
        Assert.Empty(CheckSignal.Faults(Good with { SignalId = new('x', 200) }, null, Now));
        Assert.Equal(["signal_id"], CheckSignal.Faults(Good with { SignalId = new('x', 201) }, null, Now).Keys);
    }

    [Fact]
    public void A_retraction_names_a_signal_and_nothing_else()
    {
        var retraction = Good with { Signal = null, Value = null, Retracts = "crm-76" };
        Assert.Empty(CheckSignal.Faults(retraction, null, Now));
        Assert.Equal("retraction", CheckSignal.Accept(retraction, "crm", Now).Signal);
        Assert.Equal(["replaces", "signal", "value"], CheckSignal.Faults(Good with { Retracts = "crm-76", Replaces = "crm-75" }, null, Now).Keys.Order());
        Assert.Equal(["retracts"], CheckSignal.Faults(retraction with { Retracts = "crm-77" }, null, Now).Keys);
    }

    [Fact]
    public void A_correction_names_another_signal()
    {
        Assert.Empty(CheckSignal.Faults(Good with { Replaces = "crm-76" }, null, Now));
        Assert.Equal(["replaces"], CheckSignal.Faults(Good with { Replaces = "crm-77" }, null, Now).Keys);
        Assert.Equal(["replaces"], CheckSignal.Faults(Good with { Replaces = "a\nb" }, null, Now).Keys);
        Assert.Equal(Recording.Conflict, RecordSignals.Decide(CheckSignal.Accept(Good, "crm", Now),
            CheckSignal.Accept(Good with { Replaces = "crm-76" }, "crm", Now)));
    }

    [Fact]
    public void A_clock_that_runs_ahead_by_less_than_a_day_is_forgiven()
    {
        Assert.Empty(CheckSignal.Faults(Good with { OccurredAt = Now.AddHours(23) }, null, Now));
        Assert.Equal(["occurred_at"], CheckSignal.Faults(Good with { OccurredAt = Now.AddHours(25) }, null, Now).Keys);
    }

    [Fact]
    public void The_same_id_counts_once_and_another_content_under_it_is_a_conflict()
    {
        var first = CheckSignal.Accept(Good, "crm", Now);
        Assert.Equal(Recording.Recorded, RecordSignals.Decide(null, first));
        var elsewhere = Good with { OccurredAt = Now.ToOffset(TimeSpan.FromHours(2)) };
        Assert.Equal(Recording.Duplicate, RecordSignals.Decide(first, CheckSignal.Accept(elsewhere, "bus", Now.AddDays(1))));
        Assert.Equal(Recording.Conflict, RecordSignals.Decide(first, CheckSignal.Accept(Good with { Value = 121 }, "crm", Now)));
    }
}

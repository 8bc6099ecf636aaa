using AutoDev.Evolver.Contests;
using AutoDev.Evolver.Experiments;
using CsCheck;
using Xunit;

namespace AutoDev.Evolver.Tests.Experiments;

public sealed class ArchiveTests
{
    static readonly Experiment Experiment = new()
    {
        Id = Guid.Parse("0197a3b2-0000-7000-8000-000000000001"), SkillName = "extract", Version = "1.0.0", FunctionName = "extract", Source = new('x', 100),
        Reason = "execution_time", StartedBy = "ann", Iterations = 5, Seed = 7, Budget = new(100, 100, 0), Stage = Stage.Proposing, Iteration = 2,
        StartedAt = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero),
    };

    [Fact]
    public void Each_kind_of_form_keeps_its_fastest_and_the_best_of_all_comes_first()
    {
        var archive = Archive.Of(Experiment, [Form(1, 2), Form(2, 3), Form(3, 1.5, size: 400), Form(4, 1.2, size: 390), Form(5, 1.1, memory: 4)]);
        Assert.Equal([5, 2, 3], archive.Elites.Select(v => v.Number)); // the fifth needs a quarter of the memory
    }

    [Fact]
    public void What_differs_or_was_not_measured_is_no_elite_unless_it_mends()
    {
        var archive = Archive.Of(Experiment,
        [
            Form(1, 9) with { Status = VariantStatus.Differs }, Form(2, 9) with { Status = VariantStatus.Failed },
            Form(3, 0) with { Status = VariantStatus.Behaves, Speedup = null }, Form(4, 0) with { Status = VariantStatus.Behaves, Speedup = null, Mended = 2 },
            Form(5, 3),
        ]);
        Assert.Equal(4, archive.Best!.Number);
        Assert.DoesNotContain(archive.Elites, v => v.Number < 4);
    }

    [Fact]
    public void The_same_variants_and_seed_give_the_same_choices_in_whatever_order_the_variants_come() => Gen.Select(
        Gen.Double[0.5, 20].Array[0, 12], Gen.Int[0, 1000], Gen.Int[1, 20], Gen.Int[0, 3]).Sample((ratios, seed, iteration, mutator) =>
    {
        var variants = ratios.Select((ratio, i) => Form(i + 1, ratio, size: 50 + 40 * i)).ToList();
        var experiment = Experiment with { Seed = seed, Iteration = iteration };
        var (parent, other) = Archive.Of(experiment, variants).Choose(mutator);
        var again = Archive.Of(experiment, variants.AsEnumerable().Reverse()).Choose(mutator);
        return parent.Key == again.Parent.Key && other?.Key == again.Other?.Key && parent.Key != other?.Key;
    });

    [Fact]
    public void Over_the_seeds_every_elite_and_the_original_become_parents()
    {
        var variants = Enumerable.Range(1, 4).Select(i => Form(i, i, size: 100 << i)).ToList();
        var parents = Enumerable.Range(0, 200).Select(seed => Archive.Of(Experiment with { Seed = seed }, variants).Choose(0).Parent.Key).ToHashSet();
        Assert.Equal([.. variants.Select(v => v.Key).Append(Experiment.Original().Key).Order()], parents.Order());
    }

    [Fact]
    public void Only_space_apart_two_sources_are_one_form()
    {
        Assert.Equal(Variant.KeyOf("def f(x):\n    return x\n"), Variant.KeyOf("\ndef f(x):  \r\n\r\n    return x"));
        Assert.NotEqual(Variant.KeyOf("def f(x):\n    return x\n"), Variant.KeyOf("def f(x):\n    return  x\n"));
    }

    [Theory]
    [InlineData(0, 1, 1, false)] // not patient any more, nothing better
    [InlineData(3, 1, 5, true)] // no iteration left: what there is, is proven
    public void An_experiment_ends_with_what_it_has_when_nothing_more_may_come(double ratio, int iteration, int iterations, bool isProven)
    {
        var experiment = Experiment with { Iteration = iteration == 1 ? iterations : iteration, Iterations = iterations, VariantCount = 1 };
        var (next, best) = NextIteration.Decide(experiment, ratio == 0 ? [] : [Form(1, ratio)], patience: 2);
        Assert.Equal((isProven, isProven ? null : "nothing_better"), (best is not null, next.Outcome));
    }

    [Fact]
    public void An_experiment_goes_on_while_something_improves_and_the_budget_lasts()
    {
        var improved = new[] { Form(1, 2) with { Iteration = 1 }, Form(2, 3, size: 300) with { Iteration = 2 } };
        var (next, best) = NextIteration.Decide(Experiment with { Fruitless = 1 }, improved, patience: 2);
        Assert.Equal((0, null, null), (next.Fruitless, best, next.Outcome));

        Variant[] not = [Form(1, 3) with { Iteration = 1 }, Form(2, 3.01, size: 300) with { Iteration = 2 }];
        Assert.Equal(1, NextIteration.Decide(Experiment, not, patience: 2).Next.Fruitless);
        Assert.NotNull(NextIteration.Decide(Experiment with { Fruitless = 1 }, not, patience: 2).Best);
        Assert.NotNull(NextIteration.Decide(Experiment with { Spent = new(100, 0, 0) }, improved, patience: 2).Best);
        Assert.Equal("nothing_proposed", NextIteration.Decide(Experiment with { Fruitless = 1 }, [], patience: 2).Next.Outcome);
    }

    static Variant Form(int number, double ratio, int size = 100, double memory = 1)
    {
        var source = $"#{number}".PadRight(size, 'x');
        return new()
        {
            Id = Guid.NewGuid(), ExperimentId = Experiment.Id, Key = Variant.KeyOf(source), Iteration = 1, Number = number, ParentKeys = [],
            Mutator = "rewrite_rules",
            Rules = [], Description = "", Source = source, Status = VariantStatus.Measured, Speedup = new Speedup(ratio, ratio * 0.98, ratio * 1.02),
            MemoryRatio = memory,
        };
    }
}

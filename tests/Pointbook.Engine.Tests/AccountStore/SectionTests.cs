using CsCheck;

namespace Pointbook.Engine.Tests.AccountStore;

public sealed class SectionTests
{
    // A key with its new item, or with null if the change removes the key.
    private static readonly Gen<(int Key, SmallItem? Item)> AnyChange = Gen.Select(
        Gen.Int[-60, 60], Gen.Long[0, 99], Gen.Long[-15, 40], Gen.Frequency((3, Gen.Const(true)), (2, Gen.Const(false))),
        (key, value, mark, stays) => (key, stays ? new SmallItem(key, value, mark < 0 ? null : mark) : (SmallItem?)null));

    private static readonly Gen<Step> AnyStep = Gen.Select(
        Gen.Frequency((10, Gen.Const(StepKind.Merge)), (1, Gen.Const(StepKind.ClearAndMerge)), (1, Gen.Const(StepKind.Clear)), (3, Gen.Const(StepKind.RemoveDueBy)), (2, Gen.Const(StepKind.DeleteRange))),
        Gen.Frequency((4, AnyChange.Array[0, 4]), (2, AnyChange.Array[5, 60])),
        Gen.Int[0, 40],
        Gen.Int[0, 20],
        Gen.Bool,
        (act, changes, number, countMax, joins) => new Step(act, changes, number, countMax, joins));

    [Fact]
    public void After_any_changes_the_section_has_the_items_of_the_model() => AnyStep.Array[1, 40].Sample(steps =>
    {
        SectionStore store = new();
        foreach (Step step in steps)
        {
            Do(store, step);
            store.Check();
        }
    }, iter: 800);

    [Fact]
    public void The_next_change_that_reads_a_scattered_section_compacts_it()
    {
        SectionStore store = new();
        store.Merge([.. Enumerable.Range(0, 400).Select(key => (key, (SmallItem?)new SmallItem(key, key, null)))], joins: true);
        Assert.Equal(50, store.Chunks.Count);
        foreach (int[] keys in Enumerable.Range(0, 400).Where(key => key % 8 != 0).Chunk(70))
        {
            store.Merge([.. keys.Select(key => (key, (SmallItem?)null))], joins: false);
            store.Check();
        }

        Assert.Equal(50, store.Chunks.Count);
        store.Merge([(17, new SmallItem(17, 1, 5))], joins: true);
        store.Check();
        Assert.Equal(7, store.Chunks.Count);
    }

    [Fact]
    public void A_section_with_few_items_moves_back_into_the_head()
    {
        SectionStore store = new();
        store.Merge([.. Enumerable.Range(0, 40).Select(key => (key, (SmallItem?)new SmallItem(key, key, null)))], joins: true);
        store.Merge([.. Enumerable.Range(1, 38).Select(key => (key, (SmallItem?)null))], joins: true);
        store.Check();
        Assert.Empty(store.Chunks);
        Assert.Equal(0, store.Read().ChunkCount);
    }

    [Fact]
    public void Items_added_at_the_end_fill_the_chunks()
    {
        SectionStore store = new();
        for (int key = 0; key < 800; key++)
        {
            store.Merge([(key, new SmallItem(key, key, key))], joins: true);
        }

        store.Check();
        Assert.Equal(100, store.Chunks.Count);
    }

    [Fact]
    public void Items_added_elsewhere_leave_no_almost_empty_chunk()
    {
        SectionStore store = new();
        for (int number = 0; number < 800; number++)
        {
            int key = number * 337 % 800;
            store.Merge([(-key, new SmallItem(-key, number, number))], joins: true);
        }

        store.Check();
        Assert.InRange(store.Chunks.Count, 100, 230);
    }

    [Fact]
    public void A_chunk_of_another_section_is_ignored()
    {
        SectionStore store = new();
        store.Merge([(1, new SmallItem(1, 1, null))], joins: true);
        Assert.False(store.Read().TryProvide(0, []));
        store.Merge([.. Enumerable.Range(0, 40).Select(key => (key, (SmallItem?)new SmallItem(key, key, null)))], joins: true);
        Assert.False(store.Read().TryProvide(999, []));
        Assert.Throws<InvalidRowException>(() => store.Read().TryProvide(store.Chunks.Keys.First(), []));
        Assert.Throws<InvalidOperationException>(() => store.Read().ToList());
    }

    private static void Do(SectionStore store, Step step)
    {
        switch (step.StepKind)
        {
            case StepKind.Clear:
                store.ClearAndMerge([]);
                break;
            case StepKind.ClearAndMerge:
                store.ClearAndMerge(step.Changes);
                break;
            case StepKind.RemoveDueBy:
                store.RemoveDueBy(step.Number, step.CountMax);
                break;
            case StepKind.DeleteRange:
                store.Merge([.. Enumerable.Range(-60 + step.Number, step.CountMax * 4).Select(key => (key, (SmallItem?)null))], step.Joins);
                break;
            default:
                store.Merge(step.Changes, step.Joins);
                break;
        }
    }

    private enum StepKind
    {
        Merge,
        ClearAndMerge,
        Clear,
        RemoveDueBy,
        DeleteRange,
    }

    private sealed record Step(StepKind StepKind, (int Key, SmallItem? Item)[] Changes, int Number, int CountMax, bool Joins);
}

using Pointbook.Engine.Hosting;

namespace Pointbook.Storage.Postgres;

/// <summary>Decides what the named databases form together: an existing store, a new one, or none.</summary>
internal static class StorePlan
{
    /// <summary>Decides what each database must know for the store to be served or imported into.</summary>
    /// <param name="names">The display names of the databases.</param>
    /// <param name="found">What each database knows; null where it belongs to no store.</param>
    /// <param name="hasKeys">Whether each database contains API keys.</param>
    /// <param name="partitions">The required number of partitions, or null if none was given.</param>
    /// <param name="state">The purpose of opening the store: ready to be served, or to be imported into.</param>
    /// <param name="newStoreId">The id of a store to be created.</param>
    /// <returns>What each database must know afterwards, in the same order.</returns>
    /// <exception cref="StoreException">The databases do not form a store.</exception>
    public static IReadOnlyList<StoreRow> Decide(
        IReadOnlyList<string> names, IReadOnlyList<StoreRow?> found, IReadOnlyList<bool> hasKeys, int? partitions, StoreState state, Guid newStoreId)
    {
        List<StoreRow> known = [.. found.OfType<StoreRow>()];
        if (known.Count == 0)
        {
            StoreRow first = Create(names.Count, partitions ?? PostgresStoreOptions.PartitionsOfNewStore, state, newStoreId);
            return Complete(found, hasKeys, first, state);
        }

        CheckSameStore(names, found, known[0]);

        // Comes before everything that an operator could correct: a database in use is the wrong one, however many partitions it has.
        CheckState(names, found, state);
        CheckPartitions(names.Count, known[0], partitions);
        if (known.Count < found.Count && known.Any(row => row.State != StoreState.Creating))
        {
            throw new StoreException(
                $"{NameOf(names, found, row => row is null)} contains no store, but {NameOf(names, found, row => row is not null)} does. "
                + "Name exactly the databases with which the store was created.");
        }

        return Complete(found, hasKeys, known[0], state);
    }

    /// <summary>Finds the database that has the API keys or will have them: the one whose number is or becomes 0.</summary>
    /// <param name="names">The display names of the databases.</param>
    /// <param name="found">What each database knows; null where it belongs to no store.</param>
    /// <param name="hasKeys">Whether each database contains API keys.</param>
    /// <returns>Its index in the list.</returns>
    /// <exception cref="StoreException">The database is not in the list, or the databases belong to different stores.</exception>
    public static int FindHomeOfKeys(IReadOnlyList<string> names, IReadOnlyList<StoreRow?> found, IReadOnlyList<bool> hasKeys)
    {
        List<StoreRow> known = [.. found.OfType<StoreRow>()];
        if (known.Count > 0)
        {
            CheckSameStore(names, found, known[0]);
        }

        int home = found.ToList().FindIndex(row => row?.DatabaseNumber == 0);
        bool isToBeMade = known.TrueForAll(row => row.State == StoreState.Creating && row.DatabaseCount == names.Count);
        return home >= 0 ? home
            : isToBeMade ? OrderNew(found, hasKeys).First()
            : throw new StoreException(
                "The API keys are in the first database of the store, which is not named. Name exactly the databases with which the store was created.");
    }

    /// <summary>Checks that the databases form an existing store, so that it can be read.</summary>
    /// <returns>What each database knows, in the same order.</returns>
    /// <exception cref="StoreException">The databases do not form a complete store.</exception>
    public static IReadOnlyList<StoreRow> CheckReadable(IReadOnlyList<string> names, IReadOnlyList<StoreRow?> found)
    {
        for (int index = 0; index < found.Count; index++)
        {
            if (found[index] is null)
            {
                throw new StoreException($"{names[index]} contains no store. Name exactly the databases with which the store was created.");
            }
        }

        return Decide(names, found, new bool[found.Count], partitions: null, StoreState.Ready, Guid.Empty);
    }

    private static StoreRow Create(int databases, int partitions, StoreState state, Guid storeId) =>
        partitions >= databases
            ? new StoreRow(storeId, partitions, databases, DatabaseNumber: 0, state)
            : throw new StoreException(
                $"{partitions} partitions can't be distributed over {databases} databases. Request at least {databases} partitions.", setting: StoreSetting.Partitions);

    private static void CheckSameStore(IReadOnlyList<string> names, IReadOnlyList<StoreRow?> found, StoreRow first)
    {
        for (int index = 0; index < found.Count; index++)
        {
            if (found[index] is not { } row)
            {
                continue;
            }

            if (row.StoreId != first.StoreId)
            {
                throw new StoreException(
                    $"{names[index]} and {NameOf(names, found, other => other == first)} belong to different stores. Name the databases of one store.");
            }

            if (found.Take(index).Any(other => other?.DatabaseNumber == row.DatabaseNumber))
            {
                throw new StoreException($"{names[index]} is named twice, or is a copy of another named database. Name each database once.");
            }
        }
    }

    private static void CheckPartitions(int databases, StoreRow first, int? partitions)
    {
        if (first.DatabaseCount != databases)
        {
            throw new StoreException(
                $"The store was created with {first.DatabaseCount} databases, but {databases} are named. Name exactly the databases with which it was created.");
        }

        if (partitions is not null && partitions != first.PartitionCount)
        {
            throw new StoreException(
                $"The store was created with {first.PartitionCount} partitions, which can't change, but {partitions} are requested. "
                + $"Request {first.PartitionCount}, or omit the number.",
                setting: StoreSetting.Partitions);
        }
    }

    private static void CheckState(IReadOnlyList<string> names, IReadOnlyList<StoreRow?> found, StoreState state)
    {
        bool isImporting = found.Any(row => row?.State == StoreState.Importing);
        if (isImporting && state != StoreState.Importing)
        {
            string name = NameOf(names, found, row => row?.State == StoreState.Importing);
            throw new StoreException($"{name} contains an unfinished copy of a journal. Run pointbook migrate again, or use another database.");
        }

        if (!isImporting && state == StoreState.Importing)
        {
            string name = NameOf(names, found, row => row is not null);
            throw new StoreException($"{name} already contains a store. Migrate into a new, empty database.");
        }
    }

    private static StoreRow[] Complete(IReadOnlyList<StoreRow?> found, IReadOnlyList<bool> hasKeys, StoreRow first, StoreState state)
    {
        StoreRow[] rows = [.. found.Select(row => (row ?? first) with { State = state })];
        IEnumerable<int> missing = Enumerable.Range(0, found.Count).Except(found.OfType<StoreRow>().Select(row => row.DatabaseNumber));
        foreach ((int index, int number) in OrderNew(found, hasKeys).Zip(missing))
        {
            rows[index] = rows[index] with { DatabaseNumber = number };
        }

        return rows;
    }

    /// <summary>The indexes of databases that belong to no store, in the order in which they get their numbers. A database with keys comes first.</summary>
    private static IEnumerable<int> OrderNew(IReadOnlyList<StoreRow?> found, IReadOnlyList<bool> hasKeys) =>
        Enumerable.Range(0, found.Count).Where(index => found[index] is null).OrderBy(index => hasKeys[index] ? 0 : 1);

    private static string NameOf(IReadOnlyList<string> names, IReadOnlyList<StoreRow?> found, Func<StoreRow?, bool> condition) =>
        names.Where((_, index) => condition(found[index])).First();
}

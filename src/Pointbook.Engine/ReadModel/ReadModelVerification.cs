using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>Compares a read model with its journal: the sums of every payer. A server may continue to write meanwhile.</summary>
/// <remarks>It compares one generation. If servers replace this generation meanwhile, it discards the result and compares the new one.</remarks>
/// <param name="journal">The journal.</param>
/// <param name="readModel">The read model.</param>
/// <param name="differencesMax">How many differences to describe; further ones are only counted.</param>
public sealed class ReadModelVerification(IJournal journal, IReadModel readModel, int differencesMax)
{
    // A generation is rarely replaced, and it takes servers about as long as a comparison.
    private const int ComparisonsMax = 5;

    private Sequence _advanced;

    /// <summary>Compares the read model with the journal.</summary>
    /// <param name="advance">Receives the progress, as an entry of the journal. It never goes back.</param>
    /// <param name="cancellationToken">Cancels the comparison.</param>
    /// <exception cref="JournalException">The journal is not what was committed, or could not be read.</exception>
    /// <exception cref="StorageFailureException">The read model could not be read.</exception>
    public async Task<ReadModelVerdict> RunAsync(Action<Sequence> advance, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(advance);
        for (int comparison = 0; comparison < ComparisonsMax; comparison++)
        {
            if (await TryRunAsync(advance, cancellationToken).ConfigureAwait(false) is { } verdict)
            {
                return verdict;
            }
        }

        return ReadModelVerdict.ToBeBuilt($"it was replaced during each of {ComparisonsMax} comparisons");
    }

    /// <returns>Null if the generation was replaced meanwhile, so that the result may mix two generations.</returns>
    private async Task<ReadModelVerdict?> TryRunAsync(Action<Sequence> advance, CancellationToken cancellationToken)
    {
        DifferenceList differences = new(differencesMax);
        SumsVerification sums = new(readModel, differences);
        try
        {
            ReadModelState state = await readModel.ReadStateAsync(cancellationToken).ConfigureAwait(false);
            if (state.Serving is not { } serving)
            {
                return ReadModelVerdict.ToBeBuilt(state.Building is null ? ReadModelVerdict.Missing : "the first generation is not complete yet");
            }

            if (await FindBuildAsync(serving, cancellationToken).ConfigureAwait(false) is { } reason)
            {
                return ReadModelVerdict.ToBeBuilt(reason);
            }

            await CompareAsync(sums, differences, serving.Position.Last, advance, cancellationToken).ConfigureAwait(false);

            // A number may be used again, but no id is.
            bool isSame = (await readModel.ReadStateAsync(cancellationToken).ConfigureAwait(false)).Serving?.Id == serving.Id;
            return isSame ? new ReadModelVerdict(serving.Position.Last, sums.PayerCount, Build: null, differences.First, differences.Count) : null;
        }
        catch (ReadModelBehindException)
        {
            return null;
        }
    }

    private async Task CompareAsync(
        SumsVerification sums, DifferenceList differences, Sequence through, Action<Sequence> advance, CancellationToken cancellationToken)
    {
        try
        {
            await CompareAsync(sums, through, advance, cancellationToken).ConfigureAwait(false);
        }
        catch (ReadModelDamagedException damage)
        {
            differences.Add(damage.Message);
        }
    }

    private async Task CompareAsync(SumsVerification sums, Sequence through, Action<Sequence> advance, CancellationToken cancellationToken)
    {
        JournalHead head = JournalHead.Empty;
        if (through > Sequence.Zero)
        {
            head = await ReadAsync(sums, head, commit => commit.Last >= through, advance, cancellationToken).ConfigureAwait(false);
        }

        await sums.CompareAsync(head.Last, cancellationToken).ConfigureAwait(false);
        Sequence end = (await journal.ReadHeadAsync(cancellationToken).ConfigureAwait(false)).Last;
        if (sums.IsWaiting && head.Last < end)
        {
            head = await ReadAsync(sums, head, commit => commit.Last >= end || !sums.IsWaiting, static _ => { }, cancellationToken).ConfigureAwait(false);
        }

        sums.End(head.Last);
    }

    private async Task<JournalHead> ReadAsync(
        SumsVerification sums, JournalHead head, Predicate<Commit> isEnd, Action<Sequence> advance, CancellationToken cancellationToken)
    {
        await foreach (Commit commit in JournalVerification.ReadAsync(journal, head, cancellationToken).ConfigureAwait(false))
        {
            sums.Add(commit);
            if (commit.Last > _advanced)
            {
                _advanced = commit.Last;
                advance(commit.Last);
            }

            head = commit.ToHead();
            if (isEnd(commit))
            {
                break;
            }
        }

        return head;
    }

    /// <summary>Returns why servers build a new generation; null if they do not.</summary>
    private async ValueTask<string?> FindBuildAsync(ReadModelGeneration serving, CancellationToken cancellationToken) =>
        serving.Damage is { } damage ? $"it was found damaged: {damage}"
        : await journal.ReadSealAsync(serving.Position.Last, cancellationToken).ConfigureAwait(false) != serving.Position.Seal ? "it belongs to another journal"
        : null;
}

/// <summary>The result of comparing a read model with its journal. Immutable.</summary>
/// <param name="Through">Every entry up to this one was compared.</param>
/// <param name="Payers">The number of compared payers.</param>
/// <param name="Build">Why servers build a new generation, so that nothing was compared; null if they do not.</param>
/// <param name="Differences">The differences, one sentence each, up to the requested number.</param>
/// <param name="DifferenceCount">The number of differences.</param>
public sealed record ReadModelVerdict(Sequence Through, long Payers, string? Build, IReadOnlyList<string> Differences, long DifferenceCount)
{
    /// <summary>Why nothing was compared if no generation of this version exists.</summary>
    public const string Missing = "it does not exist in this version yet";

    /// <summary>Returns the verdict for a read model of which servers build a new generation, so that nothing was compared.</summary>
    /// <param name="reason">Why servers build it.</param>
    public static ReadModelVerdict ToBeBuilt(string reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        return new ReadModelVerdict(Sequence.Zero, 0, reason.TrimEnd('.'), [], 0);
    }
}

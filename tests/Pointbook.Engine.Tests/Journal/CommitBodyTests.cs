using CsCheck;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Support;

namespace Pointbook.Engine.Tests.Journal;

public sealed partial class CommitBodyTests
{
    private static readonly Gen<long> AnyAmount = Gen.OneOf(Gen.Long, Gen.Long[-1_000, 1_000], Const(long.MinValue, long.MaxValue, 0));
    private static readonly Gen<string> AnyText = Gen.OneOf(Gen.String[Gen.Char['a', 'z'], 0, 20], Const("", "MÜLLER", "点数", "🙂"));

    private static readonly Gen<Instant> AnyInstant =
        Gen.Long[Instant.MinValue.UnixMicroseconds, Instant.MaxValue.UnixMicroseconds].Select(Instant.FromUnixMicroseconds);

    private static readonly Gen<Origin?> AnyOrigin = Gen.Select(
        AnyText.Null(), AnyText.Null(), AnyText.Null(), Gen.String[Gen.Char['a', 'z'], 1, 9].Null(), Gen.Byte.Array[Digest.Length].Null(),
        (reference, reason, actor, key, hash) =>
        {
            Origin origin = new()
            {
                Key = key is null || hash is null ? null : IdempotencyKey.FromTrusted(key),
                KeyHash = key is null || hash is null ? null : new Digest(hash),
                Reference = reference,
                Reason = reason,
                Actor = actor,
            };
            return origin == new Origin() ? null : origin;
        });

    private static readonly Gen<Entry> AnyEntry = Gen.Select(
        Gen.Select(Gen.Int[1, 11], Const("carol", "dave", "e@example.com"), Const("DANNON", "MÜLLER", "", "UNILEVER")),
        Gen.Select(AnyAmount, AnyAmount, Gen.Int[0, 3]),
        Gen.Select(AnyInstant, AnyInstant, Gen.Bool, Gen.Bool),
        Gen.Select(Gen.Long[0, long.MaxValue], Gen.Long[0, long.MaxValue], Gen.Long[0, long.MaxValue], Gen.Int[0, 15]),
        AnyOrigin,
        (names, amounts, times, places, origin) => new Entry
        {
            Sequence = default,
            Kind = (EntryKind)names.Item1,
            Account = AccountId.FromTrusted(names.Item2),
            Payer = names.Item3.Length == 0 ? null : PayerName.FromTrusted(names.Item3),
            Points = new Points(amounts.Item3 == 2 ? 0 : amounts.Item1),
            LotPoints = new Points(amounts.Item3 switch { 0 => amounts.Item1, 1 => 0, _ => amounts.Item2 }),
            OccurredAt = times.Item3 ? times.Item1 : null,
            ExpiresAt = times.Item4 ? times.Item2 : null,
            Lot = (places.Item4 & 1) == 0 ? null : new Sequence(places.Item1),
            Operation = new Sequence((places.Item4 & 2) == 0 ? -1 : places.Item2),
            Subject = (places.Item4 & 4) == 0 ? null : new Sequence(places.Item3),
            Origin = (places.Item4 & 8) == 0 ? null : origin,
        });

    [Fact]
    public void Any_entries_survive_a_round_trip() =>
        Gen.Select(Gen.OneOf(Gen.Long[1, 1_000], Gen.Long[1, long.MaxValue - 1_000]), AnyEntry.Array[1, 600]).Sample((first, some) =>
        {
            Entry[] entries = Number(some, first);
            CommitBytes bytes = Encode(entries);
            Assert.Equal(entries, Decode(bytes, entries));
            Assert.Equal(
                entries.Where(entry => entry.Opening != Sequence.Zero && entry.Opening < entries[0].Sequence).Select(entry => entry.Opening).Distinct(),
                CommitBody.FindReferences(bytes, entries[0].Sequence, entries[^1].Sequence));
        }, iter: 300);

    [Fact]
    public void Any_range_decodes_to_the_same_entries_as_the_whole_body() =>
        Gen.Select(AnyEntry.Array[1, 600], Gen.Int[0, 599].Array[2, 8]).Sample((some, places) =>
        {
            Entry[] entries = Number(some, 7);
            CommitBytes bytes = Encode(entries);
            EntryCollector collector = new();
            List<Entry> expected = [];
            foreach (int[] ends in places.Select(place => place % entries.Length).Order().Chunk(2))
            {
                EntryRange range = new(entries[ends[0]].Sequence, entries[ends[^1]].Sequence);
                expected.AddRange(entries[ends[0]..(ends[^1] + 1)]);
                if (!collector.TryAdd(range))
                {
                    StoredBlocks blocks = BlocksOf(bytes, entries, range);
                    // The blocks do not ask for names that only their other entries need.
                    Assert.All(blocks.FindReferences(), reference => Assert.Contains(entries[ends[0]..(ends[^1] + 1)], entry => UsesNameOf(entry, reference, entries)));
                    NameScope names = NamesFor(blocks, entries);
                    collector.Add(blocks, names);
                    Assert.All(
                        names.New,
                        added => Assert.Equal(IntroductionOf(entries, entries.Single(entry => entry.Sequence == added.Key)), added.Value));
                }
            }

            Assert.Equal(expected, collector.Entries);
        }, iter: 300);

    [Fact]
    public void Each_entry_names_what_it_introduced() =>
        Gen.Select(AnyEntry.Array[1, 400], Gen.Int[0, 399]).Sample((some, place) =>
        {
            Entry[] entries = Number(some, 7);
            Entry entry = entries[place % entries.Length];
            Assert.Equal(
                IntroductionOf(entries, entry),
                ReadIntroduction(BlocksOf(Encode(entries), entries, new EntryRange(entry.Sequence, entry.Sequence)), entry.Sequence));
        }, iter: 300);

    [Fact]
    public void An_actor_is_introduced_again_until_the_commit_that_introduced_it_is_durable()
    {
        CommitBodyWriter writer = new(TestSalts.Create());
        Entry[] first = [EntryWithoutTexts(7) with { Origin = new Origin { Actor = "till" } }];
        Entry[] second = [EntryWithoutTexts(8) with { Opening = new Sequence(7), Origin = new Origin { Actor = "till" } }];
        writer.Encode(first);
        Assert.Equal([new Sequence(7)], CommitBody.FindReferences(writer.Encode(second), new Sequence(8), new Sequence(8)));
        Assert.Equal(16 + 4, writer.Encode(second).Texts.Length);

        writer.Encode(first);
        writer.KeepActors();
        CommitBytes bytes = writer.Encode(second);
        Assert.Equal(0, bytes.Texts.Length);
        NameScope names = new();
        names.Add(new Sequence(7), new Introduction(Support.Given.Carol, "till"));
        Assert.Equal(second, CommitBody.Decode(bytes, new Sequence(8), new Sequence(8), names));
    }

    [Fact]
    public void A_writer_forgets_actors_rather_than_keeping_more_than_a_thousand()
    {
        CommitBodyWriter writer = new(TestSalts.Create());
        Entry[] many = [.. Enumerable.Range(1, ActorNames.CountMax).Select(number => EntryWithoutTexts(number) with { Opening = new Sequence(number == 1 ? 0 : 1), Origin = new Origin { Actor = $"till {number}" } })];
        writer.Encode(many);
        writer.KeepActors();
        Sequence next = new(ActorNames.CountMax + 1);
        Entry later = EntryWithoutTexts(next.Value) with { Opening = new Sequence(1), Origin = new Origin { Actor = "till 5" } };
        Assert.Equal([new Sequence(1), new Sequence(5)], CommitBody.FindReferences(writer.Encode([later]), next, next).Order());
        writer.Encode([later with { Origin = new Origin { Actor = "one more" } }]);
        writer.KeepActors();
        Assert.Equal([new Sequence(1)], CommitBody.FindReferences(writer.Encode([later]), next, next));
    }

    [Fact]
    public void Entries_with_unknown_names_cannot_be_encoded()
    {
        Assert.Throws<ArgumentException>(() => Encode([EntryWithoutTexts(5) with { Opening = new Sequence(5) }]));
        Assert.Throws<ArgumentException>(() => Encode([EntryWithoutTexts(5) with { Origin = new Origin { Key = IdempotencyKey.FromTrusted("k") } }]));
    }

    [Fact]
    public void A_second_entry_that_repeats_the_account_of_the_first_is_rejected()
    {
        CommitBytes bytes = WithIndex(Valid + "81000000" + Head);
        InvalidRowException refused = Assert.Throws<InvalidRowException>(() => CommitBody.Decode(bytes, new Sequence(5), new Sequence(6), NamesWithCarol()));
        Assert.Contains("an account is repeated", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_block_read_for_one_range_is_not_used_for_another()
    {
        Entry[] entries = LongOperation();
        CommitBytes bytes = Encode(entries);
        CommitBodyIndex index = IndexOf(bytes, entries);
        // The test gives the last entry of the first block an unknown kind.
        byte[] body = bytes.Body.ToArray();
        int last = body.AsSpan(0, index.OffsetOf(1)).LastIndexOf((byte)((int)entries[255].Kind | 0xC0));
        body[last] = 0xFF;
        CommitBytes damaged = bytes with { Body = body };
        EntryCollector collector = new();
        collector.Add(BlocksOf(damaged, entries, new EntryRange(new Sequence(1), new Sequence(1))), new NameScope());
        EntryRange range = new(new Sequence(255), new Sequence(256));
        Assert.False(collector.TryAdd(range));
        Assert.Equal(entries[..1], collector.Entries);
        Assert.Throws<InvalidRowException>(() => collector.Add(BlocksOf(damaged, entries, range), ForgedCommits.NamesOf(entries)));
    }

    [Fact]
    public void Ranges_in_one_block_read_it_once_whatever_names_they_need()
    {
        // Earlier commits opened the three accounts. The entries alternate between them.
        Entry[] entries =
        [
            .. Enumerable.Range(0, 9).Select(number => EntryWithoutTexts(7 + number) with { Account = AccountId.FromTrusted($"account-{number % 3}"), Opening = new Sequence(1 + (number % 3)) }),
        ];
        CommitBytes bytes = Encode(entries);
        EntryCollector collector = new();
        int resolved = 0;
        foreach (Entry entry in entries)
        {
            EntryRange range = new(entry.Sequence, entry.Sequence);
            if (!collector.TryAdd(range, Resolve))
            {
                Assert.Equal(entries[0], entry);
                StoredBlocks blocks = BlocksOf(bytes, entries, range);
                collector.Add(blocks, NamesFor(blocks, entries));
            }
        }

        Assert.Equal(entries, collector.Entries);
        Assert.Equal(2, resolved);

        NameScope Resolve(IReadOnlyCollection<Sequence> references)
        {
            resolved++;
            NameScope names = new();
            foreach (Sequence reference in references)
            {
                names.AddKnown(reference, new Introduction(entries.First(entry => entry.Opening == reference).Account, null));
            }

            return names;
        }
    }

    [Fact]
    public void A_commit_at_the_last_possible_sequence_is_rejected_as_damage() => Assert.Throws<InvalidRowException>(
        () => CommitBody.Decode(Encode(LongOperation()), new Sequence(long.MaxValue - 299), new Sequence(long.MaxValue), new NameScope()));

    [Fact]
    public void A_writer_encodes_the_same_entries_to_the_same_bytes_whatever_it_encoded_before()
    {
        CommitBodyWriter writer = new(static salt => salt.Fill(7));
        CommitBytes first = writer.Encode(LongOperation());
        writer.Encode([.. SealTests.Example().Entries]);
        writer.Encode(Number([.. Enumerable.Repeat(LongOperation()[0] with { Payer = PayerName.FromTrusted(new string('x', 200)) }, 5_000)], 1));
        CommitBytes again = writer.Encode(LongOperation());
        Assert.Equal(first.Body.Span, again.Body.Span);
        Assert.Equal(first.Texts.Span, again.Texts.Span);
    }

    [Fact]
    public void Any_flipped_bit_is_decoded_or_rejected_as_damage()
    {
        foreach (Entry[] entries in new[] { [.. SealTests.Example().Entries], LongOperation() })
        {
            CommitBytes bytes = Encode(entries);
            for (int bit = 0; bit < bytes.Body.Length * 8; bit++)
            {
                AssertDecodedOrRefused(bytes with { Body = Flip(bytes.Body, bit) }, entries);
            }
        }
    }

    [Fact]
    public void Any_flipped_bit_of_a_text_is_rejected()
    {
        foreach (Entry[] entries in new[] { [.. SealTests.Example().Entries], LongOperation() })
        {
            CommitBytes bytes = Encode(entries);
            for (int bit = 0; bit < bytes.Texts.Length * 8; bit++)
            {
                Assert.Throws<InvalidRowException>(() => Decode(bytes with { Texts = Flip(bytes.Texts, bit) }, entries));
            }
        }
    }

    [Fact]
    public void Random_bytes_are_decoded_or_rejected_as_damage()
    {
        CommitBytes valid = Encode(LongOperation());
        Gen.Select(Gen.Byte.Array[0, 300], Gen.Byte.Array[0, 60], Gen.Long[-2, 1_000], Gen.Int[-2, 600]).Sample(
            (body, texts, first, count) => AssertDecodedOrRefused(new CommitBytes(body, texts), first, count, NamesWithCarol()), iter: 20_000);
        Gen.Select(Gen.Byte.Array[1, 8], Gen.Int[0, valid.Body.Length - 8], Gen.Int[0, valid.Body.Length], Gen.Int[0, valid.Texts.Length]).Sample((patch, at, length, texts) =>
        {
            byte[] changed = valid.Body.ToArray();
            patch.CopyTo(changed.AsSpan(at));
            AssertDecodedOrRefused(valid with { Body = changed }, 1, 300, NamesWithCarol());
            AssertDecodedOrRefused(new CommitBytes(valid.Body[..length], valid.Texts[..texts]), 1, 300, NamesWithCarol());
        }, iter: 20_000);
    }

    [Theory]
    [InlineData(1, long.MaxValue)]
    [InlineData(long.MinValue, long.MaxValue)]
    [InlineData(0, 0)]
    [InlineData(5, 4)]
    [InlineData(1, int.MaxValue)]
    public void A_body_too_short_for_its_entry_count_is_rejected_before_memory_is_allocated(long first, long last)
    {
        CommitBytes bytes = Encode(LongOperation());
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<InvalidRowException>(() => CommitBody.Decode(bytes, new Sequence(first), new Sequence(last), new NameScope()));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
        Assert.InRange(CommitBodyIndex.LengthMax(new Sequence(first), new Sequence(last)), 1, long.MaxValue);
    }

    private static Gen<T> Const<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private static CommitBytes Encode(Entry[] entries) => new CommitBodyWriter(TestSalts.CreateNonzero()).Encode(entries);

    private static Entry[] Decode(CommitBytes bytes, Entry[] entries) =>
        CommitBody.Decode(bytes, entries[0].Sequence, entries[^1].Sequence, ForgedCommits.NamesOf(entries));

    private static CommitBodyIndex IndexOf(CommitBytes bytes, Entry[] entries) =>
        CommitBodyIndex.Read(bytes.Body.Span, bytes.Body.Length, bytes.Texts.Length, entries[0].Sequence, entries[^1].Sequence);

    private static StoredBlocks BlocksOf(CommitBytes bytes, Entry[] entries, EntryRange range)
    {
        CommitBodyIndex index = IndexOf(bytes, entries);
        (int offset, int end) = index.BytesOf(range);
        (int textOffset, int textEnd) = index.TextBytesOf(range);
        return new StoredBlocks(default, index, range, bytes.Body[offset..end], bytes.Texts[textOffset..textEnd]);
    }

    /// <summary>Whether an entry names its account or its actor by reference to another entry.</summary>
    private static bool UsesNameOf(Entry entry, Sequence reference, Entry[] entries) => entry.Opening == reference
        || (entry.Origin?.Actor is { } actor && entries.First(other => other.Origin?.Actor == actor).Sequence == reference);

    /// <summary>The names that an entry introduces if no earlier commit has introduced any.</summary>
    private static Introduction IntroductionOf(Entry[] entries, Entry entry)
    {
        string? actor = entry.Origin?.Actor;
        bool introduces = actor is not null && entries.First(other => other.Origin?.Actor == actor) == entry;
        return new Introduction(entry.Opening == Sequence.Zero ? entry.Account : null, introduces ? actor : null);
    }

    private static Introduction ReadIntroduction(StoredBlocks blocks, Sequence entry)
    {
        NameScope names = new();
        blocks.ReadIntroductions([entry], names);
        return Assert.Single(names.New).Value;
    }

    /// <summary>A scope with exactly the names that the blocks ask for.</summary>
    private static NameScope NamesFor(StoredBlocks blocks, Entry[] entries)
    {
        NameScope names = new();
        foreach (Sequence reference in blocks.FindReferences())
        {
            Entry? introducing = entries.FirstOrDefault(entry => entry.Sequence == reference);
            names.AddKnown(reference, new Introduction(introducing?.Account ?? entries.First(entry => entry.Opening == reference).Account, introducing?.Origin?.Actor));
        }

        return names;
    }

    private static NameScope NamesWithCarol()
    {
        NameScope names = new();
        names.Add(new Sequence(4), new Introduction(Support.Given.Carol, null));
        return names;
    }

    private static byte[] Flip(ReadOnlyMemory<byte> bytes, int bit)
    {
        byte[] changed = bytes.ToArray();
        changed[bit / 8] ^= (byte)(1 << (bit % 8));
        return changed;
    }

    private static void AssertDecodedOrRefused(CommitBytes bytes, Entry[] entries) =>
        AssertDecodedOrRefused(bytes, entries[0].Sequence.Value, entries.Length, ForgedCommits.NamesOf(entries));

    private static void AssertDecodedOrRefused(CommitBytes bytes, long first, int count, NameScope names)
    {
        try
        {
            Assert.All(CommitBody.FindReferences(bytes, new Sequence(first), new Sequence(first + count - 1)), reference => Assert.InRange(reference.Value, 1, first - 1));
            Entry[] entries = CommitBody.Decode(bytes, new Sequence(first), new Sequence(first + count - 1), names);
            Assert.Equal(count, entries.Length);
        }
        catch (InvalidRowException)
        {
            // The decoder may refuse changed bytes, but only with this exception.
        }
    }

    private static Entry EntryWithoutTexts(long sequence) =>
        new() { Sequence = new Sequence(sequence), Kind = EntryKind.Spend, Account = Support.Given.Carol, Operation = new Sequence(sequence) };

    /// <summary>Numbers entries. Entry 3 opened Carol's account if the first number is higher; other accounts are opened by their first entries.</summary>
    private static Entry[] Number(Entry[] entries, long first)
    {
        List<Entry> numbered = [];
        for (int index = 0; index < entries.Length; index++)
        {
            Sequence sequence = new(first + index);
            Entry? operation = index > 0 && Continues(entries[index]) ? numbered.Find(entry => entry.Sequence == numbered[^1].Operation) : null;
            bool isAlone = operation is null && (index + 1 == entries.Length || !Continues(entries[index + 1]));
            Entry entry = isAlone ? entries[index] : WithSmallAmounts(entries[index]);
            AccountId account = operation?.Account ?? entry.Account;
            numbered.Add(entry with
            {
                Sequence = sequence,
                Account = account,
                Opening = new Sequence(first > 3 && account == Support.Given.Carol ? 3 : 0),
                Operation = operation?.Sequence ?? sequence,
                PreviousOperation = operation is null ? new Sequence(Math.Max(0, entry.Operation.Value) % sequence.Value) : Sequence.Zero,
                BalanceBefore = new Points(operation is null ? entry.Subject?.Value ?? 0 : 0),
            });
        }

        return new AccountPlaces().Assign(numbered);
    }

    /// <summary>Whether a generated entry belongs to the operation before it.</summary>
    private static bool Continues(Entry entry) => entry.Operation.Value >= 0 && entry.Lot is null;

    // Makes amounts so small that the sums of 600 entries fit into 64 bits.
    private static Entry WithSmallAmounts(Entry entry) =>
        entry with { Points = new Points(entry.Kind == EntryKind.Settlement ? 0 : entry.Points.Value / 1_024), LotPoints = new Points(entry.LotPoints.Value / 1_024) };
}

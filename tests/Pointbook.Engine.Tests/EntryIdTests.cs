using CsCheck;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Tests;

public sealed class EntryIdTests
{
    [Fact]
    public void An_id_survives_a_round_trip() => Gen.Select(Gen.Int[0, 65_535], Gen.Long[0, long.MaxValue])
        .Sample((partition, sequence) =>
        {
            EntryId id = new(partition, new Sequence(sequence));
            Assert.True(EntryId.TryParse(id.ToString(), out EntryId parsed));
            Assert.Equal(id, parsed);
        });

    [Fact]
    public void An_id_has_only_one_spelling() => Gen.Char['0', 'z'].Array[15, 17].Select(characters => new string(characters))
        .Sample(text =>
        {
            if (EntryId.TryParse(text, out EntryId id))
            {
                Assert.Equal(text, id.ToString());
            }
        });

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("000000000000001")]
    [InlineData("00000000000000011")]
    [InlineData("000000000000000A")]
    [InlineData("000000000000000u")]
    [InlineData("zzzzzzzzzzzzzzzz")]
    public void Other_texts_are_not_ids(string? text) => Assert.False(EntryId.TryParse(text, out _));

    [Fact]
    public void Ids_of_a_partition_sort_by_sequence() => Gen.Select(Gen.Long[0, long.MaxValue], Gen.Long[0, long.MaxValue])
        .Sample((left, right) => Assert.Equal(
            left.CompareTo(right),
            Math.Sign(string.CompareOrdinal(new EntryId(3, new Sequence(left)).ToString(), new EntryId(3, new Sequence(right)).ToString()))));
}

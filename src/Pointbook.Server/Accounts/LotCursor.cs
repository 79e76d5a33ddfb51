using System.Diagnostics.CodeAnalysis;
using System.Text;
using Pointbook.Engine.Queries;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.Server.Queries;

namespace Pointbook.Server.Accounts;

/// <summary>Converts places in an account's lots to text and back. The text is numbers separated by blanks; each number has one spelling.</summary>
/// <remarks>
/// The timestamp and the sequence of the lot before the place, and the account's last entry. Then 1 if the place lists all payers whose unpaid
/// deductions earlier lots settle, otherwise 0. Then, for each listed payer, the first entry of its line and its remaining unpaid deductions.
/// </remarks>
internal static class LotCursor
{
    private const int HeadLength = 4;

    /// <summary>Writes a place.</summary>
    public static string Write(LotPlace place)
    {
        StringBuilder text = new();
        text.Append(place.Key.OccurredAt.UnixMicroseconds).Append(' ').Append(place.Key.Sequence.Value)
            .Append(' ').Append(place.StandsAt.Value).Append(' ').Append(place.KnowsAll ? 1 : 0);
        foreach ((Sequence payer, Points owed) in place.Owed.OrderBy(item => item.Key))
        {
            text.Append(' ').Append(payer.Value).Append(' ').Append(owed.Value);
        }

        return text.ToString();
    }

    /// <summary>Reads a place. A client may invent one. Then only the unpaid deductions on the page are wrong.</summary>
    public static bool TryRead(string text, [NotNullWhen(true)] out LotPlace? place)
    {
        place = null;
        List<long> numbers = [];
        foreach (string part in text.Split(' '))
        {
            if (!WholeNumber.TryParse(part, out long number))
            {
                return false;
            }

            numbers.Add(number);
        }

        int length = numbers.Count - HeadLength;
        if (length < 0 || length % 2 != 0 || length > 2 * LotPlace.OwedMax || numbers.Skip(1).Any(number => number < 0)
            || numbers[0] < Instant.MinValue.UnixMicroseconds || numbers[0] > Instant.MaxValue.UnixMicroseconds || numbers[3] > 1)
        {
            return false;
        }

        Dictionary<Sequence, Points> owed = [];
        for (int index = HeadLength; index < numbers.Count; index += 2)
        {
            if (!owed.TryAdd(new Sequence(numbers[index]), new Points(numbers[index + 1])))
            {
                return false;
            }
        }

        LotKey key = new(Instant.FromUnixMicroseconds(numbers[0]), new Sequence(numbers[1]));
        place = new LotPlace(key, new Sequence(numbers[2]), owed, numbers[3] == 1);
        return true;
    }
}

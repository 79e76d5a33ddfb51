using System.Text;
using Microsoft.Data.Sqlite;

namespace Pointbook.Storage.Sqlite.Tests.Support;

/// <summary>Flips bits of the values of rows.</summary>
internal static class Flips
{
    public static object[] ReadRow(SqliteDataReader row)
    {
        object[] values = new object[row.FieldCount];
        row.GetValues(values);
        return values;
    }

    public static IEnumerable<object> Of(object value, int step)
    {
        byte[] bytes = value switch
        {
            byte[] blob => blob,
            string text => Encoding.ASCII.GetBytes(text),
            long number => BitConverter.GetBytes(number),
            _ => [],
        };
        for (int bit = 0; bit < bytes.Length * 8; bit += step)
        {
            byte[] flipped = [.. bytes];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            if (value is not string || flipped.All(part => part is > 0x20 and < 0x7F))
            {
                yield return value switch
                {
                    byte[] => flipped,
                    string => Encoding.ASCII.GetString(flipped),
                    _ => BitConverter.ToInt64(flipped),
                };
            }
        }
    }
}

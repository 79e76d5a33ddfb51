using System.Buffers.Text;

namespace Pointbook.Contracts;

/// <summary>Parses a timestamp from left to right, and reports the first fault.</summary>
internal ref struct Rfc3339Parser(ReadOnlySpan<byte> text)
{
    private const string Malformed = "is not an RFC 3339 timestamp. Send one such as " + Rfc3339.Example;
    private const string OffsetMalformed = "has an invalid offset. Send Z or ±hh:mm, such as +01:00";
    private const string OutOfRange = "is outside the years 0001 to 9999 in UTC. Send a timestamp within them";
    private const int DateLength = 10;
    private const int FractionDigitsMax = 6;

    private readonly ReadOnlySpan<byte> _text = text;
    private int _at;

    public string? Parse(out DateTimeOffset value)
    {
        value = default;
        long ticks = 0;
        string? error = ParseDate(ref ticks) ?? ParseTime(ref ticks) ?? ParseFraction(ref ticks) ?? ParseOffset(ref ticks);
        if (error is not null)
        {
            return error;
        }

        if (ticks < DateTime.MinValue.Ticks || ticks > DateTime.MaxValue.Ticks)
        {
            return OutOfRange;
        }

        value = new DateTimeOffset(ticks, TimeSpan.Zero);
        return null;
    }

    private string? ParseDate(ref long ticks)
    {
        if (_text.IsEmpty)
        {
            return "is empty. Send a timestamp such as " + Rfc3339.Example;
        }

        if (!TryDigits(4, out int year))
        {
            return Malformed;
        }

        if (_at < _text.Length && char.IsAsciiDigit((char)_text[_at]))
        {
            return "has a year of more than four digits. Valid years: 0001 to 9999";
        }

        if (!TryLiteral('-') || !TryDigits(2, out int month) || !TryLiteral('-') || !TryDigits(2, out int day))
        {
            return Malformed;
        }

        if (DateFault(year, month, day) is string fault)
        {
            return fault;
        }

        ticks = new DateTime(year, month, day, 0, 0, 0, DateTimeKind.Utc).Ticks;
        return _text.Length == DateLength ? "is a date without a time. Send both, such as " + Rfc3339.Example : null;
    }

    private static string? DateFault(int year, int month, int day)
    {
        if (year == 0)
        {
            return "has year 0000. Valid years: 0001 to 9999";
        }

        if (month is < 1 or > 12)
        {
            return $"has month {month:00}. Valid months: 01 to 12";
        }

        int days = DateTime.DaysInMonth(year, month);
        return day >= 1 && day <= days ? null : $"has day {day:00}. Valid days of {year:0000}-{month:00}: 01 to {days}";
    }

    private string? ParseTime(ref long ticks)
    {
        if (!TryLiteral('T') && !TryLiteral('t'))
        {
            return _text[_at] == ' ' ? "has a space between date and time. Use T instead" : Malformed;
        }

        if (!TryDigits(2, out int hour) || !TryLiteral(':') || !TryDigits(2, out int minute))
        {
            return Malformed;
        }

        if (!TryLiteral(':') || !TryDigits(2, out int second))
        {
            return "has no seconds. Send them as well, such as " + Rfc3339.Example;
        }

        ticks += new TimeSpan(hour, minute, second).Ticks;
        return (hour, minute, second) switch
        {
            (24, _, _) => "has hour 24. Send 00:00:00 of the next day",
            ( > 23, _, _) => $"has hour {hour:00}. Valid hours: 00 to 23",
            (_, > 59, _) => $"has minute {minute:00}. Valid minutes: 00 to 59",
            (_, _, 60) => "has second 60, but leap seconds are not supported. Send second 59, or second 00 of the next minute",
            (_, _, > 59) => $"has second {second:00}. Valid seconds: 00 to 59",
            _ => null,
        };
    }

    private string? ParseFraction(ref long ticks)
    {
        if (!TryLiteral('.'))
        {
            return _at < _text.Length && _text[_at] == ',' ? "has a decimal comma. Use a decimal point" : null;
        }

        int first = _at;
        long ticksPerDigit = TimeSpan.TicksPerSecond / 10;
        for (; _at < _text.Length && char.IsAsciiDigit((char)_text[_at]); _at++)
        {
            if (_at - first < FractionDigitsMax)
            {
                ticks += (_text[_at] - '0') * ticksPerDigit;
                ticksPerDigit /= 10;
            }
        }

        return _at == first ? "has a decimal point without digits. Add digits, or remove the point" : null;
    }

    private string? ParseOffset(ref long ticks)
    {
        if (_at == _text.Length)
        {
            return "has no offset. End it with Z or an offset such as +01:00";
        }

        if (!TryLiteral('Z') && !TryLiteral('z'))
        {
            bool isNegative = TryLiteral('-');
            if ((!isNegative && !TryLiteral('+')) || !TryDigits(2, out int hours) || !TryLiteral(':') || !TryDigits(2, out int minutes))
            {
                return OffsetMalformed;
            }

            if (hours > 23 || minutes > 59)
            {
                return $"has offset {hours:00}:{minutes:00}. The maximum is 23:59";
            }

            // Local time with a positive offset is ahead of UTC.
            long offset = new TimeSpan(hours, minutes, 0).Ticks;
            ticks += isNegative ? offset : -offset;
        }

        return _at == _text.Length ? null : "has extra characters after its offset. Remove them";
    }

    private bool TryDigits(int count, out int value)
    {
        value = 0;
        if (_at + count > _text.Length)
        {
            return false;
        }

        ReadOnlySpan<byte> digits = _text.Slice(_at, count);
        // The number parser accepts a sign, which is invalid here.
        if (digits.ContainsAnyExceptInRange((byte)'0', (byte)'9') || !Utf8Parser.TryParse(digits, out value, out _))
        {
            return false;
        }

        _at += count;
        return true;
    }

    private bool TryLiteral(char literal)
    {
        bool isThere = _at < _text.Length && _text[_at] == literal;
        _at += isThere ? 1 : 0;
        return isThere;
    }
}

using System.Globalization;
using System.Text.Json;
using CsCheck;
using Pointbook.Contracts;

namespace Pointbook.Server.Tests;

public sealed class Rfc3339Tests
{
    private static readonly Gen<DateTimeOffset> Timestamps = Gen.Long[0, DateTime.MaxValue.Ticks / TimeSpan.TicksPerMicrosecond]
        .Select(microseconds => new DateTimeOffset(microseconds * TimeSpan.TicksPerMicrosecond, TimeSpan.Zero));

    [Theory]
    [InlineData("2020-10-31T10:00:00Z", "2020-10-31T10:00:00Z")]
    [InlineData("2020-10-31t10:00:00z", "2020-10-31T10:00:00Z")]
    [InlineData("2020-10-31T10:00:00+00:00", "2020-10-31T10:00:00Z")]
    [InlineData("2020-10-31T10:00:00-00:00", "2020-10-31T10:00:00Z")]
    [InlineData("2020-10-31T10:00:00+01:00", "2020-10-31T09:00:00Z")]
    [InlineData("2020-10-31T10:00:00-01:30", "2020-10-31T11:30:00Z")]
    [InlineData("2020-10-31T00:30:00+01:00", "2020-10-30T23:30:00Z")]
    [InlineData("2020-10-31T23:59:59+23:59", "2020-10-31T00:00:59Z")]
    [InlineData("2020-10-31T10:00:00.5Z", "2020-10-31T10:00:00.5Z")]
    [InlineData("2020-10-31T10:00:00.500000000000000000000Z", "2020-10-31T10:00:00.5Z")]
    [InlineData("2020-10-31T10:00:00.123456Z", "2020-10-31T10:00:00.123456Z")]
    [InlineData("2020-10-31T10:00:00.1234569Z", "2020-10-31T10:00:00.123456Z")]
    [InlineData("2020-10-31T10:00:00.0000009Z", "2020-10-31T10:00:00Z")]
    [InlineData("2020-10-31T10:00:00.000001Z", "2020-10-31T10:00:00.000001Z")]
    [InlineData("1969-12-31T23:59:59.9999999Z", "1969-12-31T23:59:59.999999Z")]
    [InlineData("2020-02-29T00:00:00Z", "2020-02-29T00:00:00Z")]
    [InlineData("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z")]
    [InlineData("0001-01-01T01:00:00+01:00", "0001-01-01T00:00:00Z")]
    [InlineData("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z")]
    [InlineData("9999-12-31T22:59:59-01:00", "9999-12-31T23:59:59Z")]
    public void A_timestamp_is_parsed_and_written_in_UTC(string text, string written)
    {
        Assert.True(Rfc3339.TryParse(text, out DateTimeOffset value, out string? error), error);
        Assert.Equal((TimeSpan.Zero, 0L), (value.Offset, value.Ticks % TimeSpan.TicksPerMicrosecond));
        Assert.Equal(written, Rfc3339.Format(value));
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("now", "is not an RFC 3339 timestamp")]
    [InlineData("2020", "is not an RFC 3339 timestamp")]
    [InlineData("20201031T100000Z", "more than four digits")]
    [InlineData("2020-1-31T10:00:00Z", "is not an RFC 3339 timestamp")]
    [InlineData("+2020-10-31T10:00:00Z", "is not an RFC 3339 timestamp")]
    [InlineData("-200-10-31T10:00:00Z", "is not an RFC 3339 timestamp")]
    [InlineData("2020-+1-31T10:00:00Z", "is not an RFC 3339 timestamp")]
    [InlineData("2020-10-31", "is a date without a time. Send both")]
    [InlineData("2020-10-31T", "is not an RFC 3339 timestamp")]
    [InlineData("2020-10-31T10", "is not an RFC 3339 timestamp")]
    [InlineData("2020-10-31T10:00", "has no seconds")]
    [InlineData("2020-10-31T10:00Z", "has no seconds")]
    [InlineData("2020-10-31T10:00:0Z", "has no seconds")]
    [InlineData("2020-10-31_10:00:00Z", "is not an RFC 3339 timestamp")]
    [InlineData("2020-10-31 10:00:00Z", "has a space between date and time. Use T instead")]
    [InlineData("2020-10-31T10:00:00", "has no offset. End it with Z or an offset such as +01:00")]
    [InlineData("2020-10-31T10:00:00.5", "has no offset")]
    [InlineData("2020-10-31T10:00:00+0100", "has an invalid offset. Send Z or ±hh:mm")]
    [InlineData("2020-10-31T10:00:00+01", "has an invalid offset. Send Z or ±hh:mm")]
    [InlineData("2020-10-31T10:00:00 +01:00", "has an invalid offset. Send Z or ±hh:mm")]
    [InlineData("2020-10-31T10:00:00UTC", "has an invalid offset. Send Z or ±hh:mm")]
    [InlineData("2020-10-31T10:00:00\u221201:00", "has an invalid offset. Send Z or ±hh:mm")]
    [InlineData("2020-10-31T10:00:00+24:00", "has offset 24:00")]
    [InlineData("2020-10-31T10:00:00+01:60", "has offset 01:60")]
    [InlineData("2020-10-31T10:00:00Z ", "has extra characters after its offset")]
    [InlineData("2020-10-31T10:00:00+01:00Z", "has extra characters after its offset")]
    [InlineData(" 2020-10-31T10:00:00Z", "is not an RFC 3339 timestamp")]
    [InlineData("2020-10-31T10:00:00.Z", "has a decimal point without digits")]
    [InlineData("2020-10-31T10:00:00,5Z", "has a decimal comma")]
    [InlineData("2020-10-31T10:00:60Z", "has second 60")]
    [InlineData("2016-12-31T23:59:60Z", "has second 60")]
    [InlineData("2020-10-31T10:00:61Z", "has second 61")]
    [InlineData("2020-10-31T10:60:00Z", "has minute 60")]
    [InlineData("2020-10-31T24:00:00Z", "has hour 24")]
    [InlineData("2020-10-31T25:00:00Z", "has hour 25")]
    [InlineData("2020-13-01T10:00:00Z", "has month 13")]
    [InlineData("2020-00-01T10:00:00Z", "has month 00")]
    [InlineData("2020-10-00T10:00:00Z", "has day 00")]
    [InlineData("2020-04-31T10:00:00Z", "has day 31. Valid days of 2020-04: 01 to 30")]
    [InlineData("2021-02-29T10:00:00Z", "has day 29")]
    [InlineData("1900-02-29T10:00:00Z", "has day 29")]
    [InlineData("0000-01-01T10:00:00Z", "has year 0000")]
    [InlineData("10000-01-01T10:00:00Z", "has a year of more than four digits")]
    [InlineData("0001-01-01T00:00:00+00:01", "outside the years 0001 to 9999")]
    [InlineData("9999-12-31T23:59:00-00:01", "outside the years 0001 to 9999")]
    [InlineData("２020-10-31T10:00:00Z", "is not an RFC 3339 timestamp")]
    public void Other_texts_are_not_timestamps_and_the_error_gives_the_reason(string text, string reason)
    {
        Assert.False(Rfc3339.TryParse(text, out _, out string? error));
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_timestamp_survives_a_round_trip_through_text() => Timestamps.Sample(value =>
    {
        string text = Rfc3339.Format(value);
        return Rfc3339.TryParse(text, out DateTimeOffset read, out _)
            && read.EqualsExact(value)
            && text.Length <= Rfc3339.LengthMax
            && text.EndsWith('Z');
    });

    [Fact]
    public void Every_timestamp_survives_a_round_trip_through_JSON() => Timestamps.Sample(value =>
    {
        TransactionRequest request = new("A", 1, value);
        string json = JsonSerializer.Serialize(request, RequestJson.Default.TransactionRequest);
        return JsonSerializer.Deserialize(json, RequestJson.Default.TransactionRequest) == request;
    });

    [Fact]
    public void The_same_instant_is_read_from_every_offset() => Gen.Select(Timestamps, Gen.Int[-1439, 1439]).Sample((value, minutes) =>
    {
        long local = value.Ticks + (minutes * TimeSpan.TicksPerMinute);
        if (local < 0 || local > DateTime.MaxValue.Ticks)
        {
            return true;
        }

        string sign = minutes < 0 ? "-" : "+";
        string offset = new TimeSpan(0, Math.Abs(minutes), 0).ToString(@"hh\:mm", CultureInfo.InvariantCulture);
        string text = new DateTime(local).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff", CultureInfo.InvariantCulture) + sign + offset;
        return Rfc3339.TryParse(text, out DateTimeOffset read, out _) && read.EqualsExact(value);
    });

    [Fact]
    public void Every_accepted_text_is_parsed_like_by_the_platform() =>
        // The test replaces one character of a valid timestamp. If the server accepts the result, the platform must read the same time from it.
        Gen.Select(Timestamps, Gen.Int[0, 19], Gen.Char["0123456789TtZz:-+. "]).Sample((value, at, character) =>
        {
            char[] text = Rfc3339.Format(value).ToCharArray();
            text[at] = character;
            return !Rfc3339.TryParse(new string(text), out DateTimeOffset read, out _)
                || (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out DateTimeOffset expected) && expected == read);
        });

    [Fact]
    public void Arbitrary_text_never_throws() =>
        Gen.String.Sample(text => Rfc3339.TryParse(text, out _, out string? error) || error!.Length > 0);
}

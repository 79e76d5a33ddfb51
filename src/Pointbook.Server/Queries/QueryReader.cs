using System.Globalization;
using Pointbook.Contracts;
using Pointbook.Ledger.Values;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Queries;

/// <summary>Reads query parameters and keeps the first thing that is wrong with them. Not thread-safe.</summary>
/// <remarks>What is absent is null; what is wrong is null, too, and then <see cref="Problem"/> is set, at which the caller looks last.</remarks>
internal sealed class QueryReader(HttpRequest request)
{
    /// <summary>How many items a page has if nothing is said.</summary>
    public const int LimitDefault = 50;

    /// <summary>How many items a page may have.</summary>
    public const int LimitMax = 500;

    private readonly IQueryCollection _query = request.Query;

    /// <summary>The reply to a request whose parameters are refused; null if nothing was wrong so far.</summary>
    public ProblemReply? Problem { get; private set; }

    /// <summary>How many items a page may have.</summary>
    public int Limit()
    {
        if (Text(QueryNames.Limit) is not { } text)
        {
            return LimitDefault;
        }

        if (WholeNumber.TryParse(text, out long limit) && limit is >= 1 and <= LimitMax)
        {
            return (int)limit;
        }

        Refuse(QueryNames.Limit, $"is no whole number from 1 to {LimitMax}; send one");
        return LimitDefault;
    }

    /// <summary>A payer.</summary>
    public PayerName? Payer()
    {
        if (Text(QueryNames.Payer) is not { } text)
        {
            return null;
        }

        if (!PayerName.TryCreate(text, out PayerName? payer, out string? error))
        {
            Refuse(QueryNames.Payer, error);
        }

        return payer;
    }

    /// <summary>An instant.</summary>
    public Instant? Instant(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        if (Rfc3339.TryParse(text, out DateTimeOffset value, out string? error))
        {
            return Ledger.Values.Instant.FromDateTimeOffset(value);
        }

        Refuse(name, text.Contains(' ', StringComparison.Ordinal) ? "holds a blank, which is what + stands for in a query; write %2B for +" : error);
        return null;
    }

    /// <summary>A day of UTC that has to be there.</summary>
    public DateOnly? Day(string name)
    {
        const string Format = "yyyy-MM-dd";
        string? text = Text(name);
        if (DateOnly.TryParseExact(text, Format, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly day)
            && day.ToString(Format, CultureInfo.InvariantCulture) == text)
        {
            return day;
        }

        Refuse(name, (text is null ? "is missing" : "is not a day") + "; send one such as 2026-11-01");
        return null;
    }

    /// <summary>Where the page begins, as the list before it said; null for the first page.</summary>
    /// <param name="scope">The list.</param>
    public string? Place(CursorScope scope)
    {
        if (Text(QueryNames.Cursor) is not { } cursor)
        {
            return null;
        }

        if (scope.TryRead(cursor, out string? place))
        {
            return place;
        }

        RefuseCursor();
        return null;
    }

    /// <summary>Refuses the cursor: its place is made up.</summary>
    public void RefuseCursor() => Problem ??= new ProblemReply(
        ProblemTable.InvalidCursor,
        $"{QueryNames.Cursor} does not belong to this list with these parameters; send what nextCursor said, or leave it out to begin anew.",
        QueryNames.Cursor);

    /// <summary>Refuses a parameter.</summary>
    /// <param name="name">Which.</param>
    /// <param name="error">What is wrong and what to send instead, as the end of a sentence that began with the name.</param>
    public void Refuse(string name, string error) => Problem ??= new ProblemReply(ProblemTable.InvalidParameter, $"{name} {error}.", name);

    /// <summary>The text of a parameter; null if it is absent.</summary>
    public string? Text(string name) => _query.TryGetValue(name, out var values) ? values.ToString() : null;
}

using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;

namespace Pointbook.Server.Queries;

/// <summary>Writes and reads the cursors of one list. A cursor contains the place where the next page begins. Immutable.</summary>
/// <remarks>
/// A cursor is base64url without padding. It contains a version byte, eight bytes of SHA-256 over the list and its filters, and the place in UTF-8.
/// So a cursor of another list, account or filter is detected, and each cursor has one spelling.
/// </remarks>
internal sealed class CursorScope
{
    private const byte Version = 1;
    private const int HashLength = 8;
    private const int HeaderLength = 1 + HashLength;
    // The longest place is a payer name: 200 characters of four bytes.
    private const int TextLengthMax = 1_200;

    private readonly byte[] _header;

    /// <summary>Creates the cursors of a list.</summary>
    /// <param name="list">The name of the list.</param>
    /// <param name="filters">The filters of the list. No value may contain a line feed.</param>
    public CursorScope(string list, params ReadOnlySpan<string?> filters)
    {
        StringBuilder text = new(list);
        foreach (string? filter in filters)
        {
            text.Append('\n').Append(filter is null ? '-' : '=').Append(filter);
        }

        _header = [Version, .. SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())).AsSpan(0, HashLength)];
    }

    /// <summary>Returns the cursor of a place.</summary>
    public string Write(string place) => Base64Url.EncodeToString([.. _header, .. Encoding.UTF8.GetBytes(place)]);

    /// <summary>Reads the place of a cursor.</summary>
    /// <returns>Whether it is a cursor of this list. A client may have invented the place itself.</returns>
    public bool TryRead(string cursor, [NotNullWhen(true)] out string? place)
    {
        place = null;
        if (cursor.Length > TextLengthMax || !Base64Url.IsValid(cursor))
        {
            return false;
        }

        byte[] bytes = Base64Url.DecodeFromChars(cursor);
        if (!bytes.AsSpan().StartsWith(_header) || !Utf8.IsValid(bytes.AsSpan(HeaderLength)) || Base64Url.EncodeToString(bytes) != cursor)
        {
            return false;
        }

        place = Encoding.UTF8.GetString(bytes.AsSpan(HeaderLength));
        return true;
    }
}

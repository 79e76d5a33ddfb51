using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Pointbook.Server.Hosting;

namespace Pointbook.Server.Security;

/// <summary>What an authority says of itself and of the keys that it signs tokens with. Thread-safe.</summary>
/// <remarks>
/// It is asked at the start and then all the time, so requests wait for it only before its first answer and when none of its keys signed their
/// token. Strangers with tokens that they made up can so hold up nobody but themselves, and not make many questions of it. A key that it withdrew
/// is not trusted for longer than <see cref="JwtOptions.RefreshInterval"/>. While it cannot be reached, what it said last is good for
/// <see cref="JwtOptions.AuthorityAgeMax"/>.
/// </remarks>
internal sealed class Authority : IAsyncDisposable
{
    /// <summary>How soon it is asked again because of a token that none of its keys signed.</summary>
    public static readonly TimeSpan NewKeyInterval = TimeSpan.FromSeconds(5);

    /// <summary>How soon it is asked again after it did not answer.</summary>
    public static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    private const string Discovery = ".well-known/openid-configuration";
    private const int AnswerSizeMax = 1_048_576;
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(5);

    private readonly HttpClient _http = new() { Timeout = AnswerWithin, MaxResponseContentBufferSize = AnswerSizeMax };
    private readonly CancellationTokenSource _end = new();
    private readonly Lock _lock = new();
    private readonly HttpDocumentRetriever _documents;
    private readonly JwtOptions _options;
    private readonly string _address;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private OpenIdConnectConfiguration? _known;
    private Task _question = Task.CompletedTask;
    private Task _asking = Task.CompletedTask;
    private long? _askedAt;
    private long _answeredAt;
    private volatile bool _isFailing;

    /// <param name="options">Its address, which is there and was checked, and how it is asked.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="logger">Hears once each time that it cannot be asked any longer.</param>
    public Authority(JwtOptions options, TimeProvider clock, ILogger logger)
    {
        string address = options.Authority!.TrimEnd('/');
        _options = options;
        _address = $"{address}/{Discovery}";
        _documents = new HttpDocumentRetriever(_http) { RequireHttps = address.StartsWith("https:", StringComparison.OrdinalIgnoreCase) };
        _clock = clock;
        _logger = logger;
    }

    /// <summary>Begins to ask. It is called once.</summary>
    public void Start() => _asking = KeepAskingAsync();

    /// <summary>What it said last, after the question that is under way if that is too long ago or never was; null if it cannot be reached.</summary>
    public async ValueTask<OpenIdConnectConfiguration?> FindAsync(CancellationToken cancellationToken)
    {
        if (Known() is { } known)
        {
            return known;
        }

        await Volatile.Read(ref _question).WaitAsync(cancellationToken);
        return Known();
    }

    /// <summary>What it says now that a token fits none of its keys; null if it was asked a moment ago, or says nothing.</summary>
    /// <param name="than">What it said before.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async ValueTask<OpenIdConnectConfiguration?> FindNewerAsync(OpenIdConnectConfiguration than, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _known) == than)
        {
            if (Question(NewKeyInterval) is not { } question)
            {
                return null;
            }

            await question.WaitAsync(cancellationToken);
        }

        OpenIdConnectConfiguration? known = Volatile.Read(ref _known);
        return known == than ? null : known;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _asking;
        await _question;
        _http.Dispose();
    }

    /// <summary>The question that is under way, or a new one; null if the latest was answered less than some time ago.</summary>
    private Task? Question(TimeSpan interval)
    {
        lock (_lock)
        {
            return !_question.IsCompleted ? _question
                : _askedAt is { } at && _clock.GetElapsedTime(at) < interval ? null
                : _question = AskAsync();
        }
    }

    /// <summary>What it said last; null if that is too long ago.</summary>
    private OpenIdConnectConfiguration? Known() =>
        Volatile.Read(ref _known) is { } known && _clock.GetElapsedTime(Volatile.Read(ref _answeredAt)) <= _options.AuthorityAgeMax ? known : null;

    private async Task KeepAskingAsync()
    {
        try
        {
            while (true)
            {
                await Question(TimeSpan.Zero)!;
                await Task.Delay(_isFailing ? RetryInterval : _options.RefreshInterval, _clock, _end.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The server ends.
        }
    }

    /// <summary>Asks, and fails never.</summary>
    private async Task AskAsync()
    {
        // Whoever begins the question holds the lock.
        await Task.Yield();
        try
        {
            // The library waits for each of its requests as long as the client does, and for nothing else.
            OpenIdConnectConfiguration answer = await OpenIdConnectConfigurationRetriever.GetAsync(_address, _documents, _end.Token)
                .WaitAsync(AnswerWithin, _clock, _end.Token);
            if (string.IsNullOrEmpty(answer.Issuer) || !answer.SigningKeys.Any(SigningKeys.IsStrong))
            {
                throw new InvalidDataException($"The answer names no issuer, or no key that is understood and strong: RSA keys need {SigningKeys.RsaSizeLeast} bits.");
            }

            // OpenID Connect Discovery 1.0, section 4.3. Whoever knows better says so.
            if (_options.Issuer is null && answer.Issuer.TrimEnd('/') != _options.Authority!.TrimEnd('/'))
            {
                throw new InvalidDataException("The answer names another issuer than Jwt:Authority; if its tokens are to be taken, set Jwt:Issuer to their iss.");
            }

            Volatile.Write(ref _answeredAt, _clock.GetTimestamp());
            Volatile.Write(ref _known, answer);
            _isFailing = false;
        }
        catch (Exception) when (_end.IsCancellationRequested)
        {
            // The server ends.
        }
        catch (Exception failure)
        {
            if (!_isFailing)
            {
                LogMessages.AuthorityUnavailable(_logger, failure);
            }

            _isFailing = true;
        }
        finally
        {
            _askedAt = _clock.GetTimestamp();
        }
    }
}

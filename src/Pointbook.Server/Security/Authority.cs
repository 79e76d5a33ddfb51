using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Pointbook.Server.Hosting;

namespace Pointbook.Server.Security;

/// <summary>The metadata and signing keys of an authority. Thread-safe.</summary>
/// <remarks>
/// The server asks the authority at its start and regularly. Requests wait only for the first answer, or for a newer one if no known key signed their
/// token. So clients with forged tokens delay only themselves and cause few questions. A withdrawn key stays trusted for at most <see
/// cref="JwtOptions.RefreshInterval"/>. If the authority cannot be reached, its last answer is valid for <see cref="JwtOptions.AuthorityAgeMax"/>.
/// </remarks>
internal sealed class Authority : IAsyncDisposable
{
    /// <summary>How soon the server asks again because no known key signed a token.</summary>
    public static readonly TimeSpan NewKeyInterval = TimeSpan.FromSeconds(5);

    /// <summary>How soon the server asks again after a failure.</summary>
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

    /// <param name="options">Its validated address, which must be set, and the settings for asking it.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="logger">Logs once each time the authority becomes unavailable.</param>
    public Authority(JwtOptions options, TimeProvider clock, ILogger logger)
    {
        string address = options.Authority!.TrimEnd('/');
        _options = options;
        _address = $"{address}/{Discovery}";
        _documents = new HttpDocumentRetriever(_http) { RequireHttps = address.StartsWith("https:", StringComparison.OrdinalIgnoreCase) };
        _clock = clock;
        _logger = logger;
    }

    /// <summary>Starts to ask. Call it once.</summary>
    public void Start() => _asking = KeepAskingAsync();

    /// <summary>The last answer. If it is missing or too old, waits for the question in progress; null if the authority cannot be reached.</summary>
    public async ValueTask<OpenIdConnectConfiguration?> FindAsync(CancellationToken cancellationToken)
    {
        if (Known() is { } known)
        {
            return known;
        }

        await Volatile.Read(ref _question).WaitAsync(cancellationToken);
        return Known();
    }

    /// <summary>A newer answer, because no known key signed a token; null if the server asked a moment ago, or got no newer answer.</summary>
    /// <param name="than">The previous answer.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
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

    /// <summary>The question in progress, or a new one; null if the latest ended more recently than the interval.</summary>
    private Task? Question(TimeSpan interval)
    {
        lock (_lock)
        {
            return !_question.IsCompleted ? _question
                : _askedAt is { } at && _clock.GetElapsedTime(at) < interval ? null
                : _question = AskAsync();
        }
    }

    /// <summary>The last answer; null if it is too old.</summary>
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
            // The server is stopping.
        }
    }

    /// <summary>Asks once. Never fails.</summary>
    private async Task AskAsync()
    {
        // The caller that begins the question holds the lock.
        await Task.Yield();
        try
        {
            // The library waits for each of its requests as long as the HTTP client does, but has no timeout for the whole.
            OpenIdConnectConfiguration answer = await OpenIdConnectConfigurationRetriever.GetAsync(_address, _documents, _end.Token)
                .WaitAsync(AnswerWithin, _clock, _end.Token);
            if (string.IsNullOrEmpty(answer.Issuer) || !answer.SigningKeys.Any(SigningKeys.IsStrong))
            {
                throw new InvalidDataException($"The reply of Jwt:Authority names no issuer, or no supported and strong key. RSA keys must have at least {SigningKeys.RsaSizeLeast} bits.");
            }

            // OpenID Connect Discovery 1.0, section 4.3. An operator who sets Jwt:Issuer overrides this check.
            if (_options.Issuer is null && answer.Issuer.TrimEnd('/') != _options.Authority!.TrimEnd('/'))
            {
                throw new InvalidDataException("The reply names an issuer other than Jwt:Authority. To accept its tokens, set Jwt:Issuer to their iss claim.");
            }

            Volatile.Write(ref _answeredAt, _clock.GetTimestamp());
            Volatile.Write(ref _known, answer);
            _isFailing = false;
        }
        catch (Exception) when (_end.IsCancellationRequested)
        {
            // The server is stopping.
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

using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pointbook.Server.Tests.Support;

/// <summary>Headless Chromium, which tests control over its debugging protocol. It shows one page at a time and reports what the pages requested.</summary>
public sealed class Browser : IAsyncDisposable
{
    private const string Announcement = "DevTools listening on ";
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);
    private readonly Process _process;
    private readonly DirectoryInfo _profile;
    private readonly HttpClient _http = new();
    private readonly ClientWebSocket _socket = new();
    private readonly List<JsonNode> _events = [];
    private string _window = "";
    private int _calls;

    private Browser(Process process, DirectoryInfo profile) => (_process, _profile) = (process, profile);

    /// <summary>The addresses that the pages requested, in order.</summary>
    public IEnumerable<Uri> Requests => Events("Network.requestWillBeSent").Select(sent => new Uri(sent["request"]!["url"]!.GetValue<string>()));

    /// <summary>The errors of the pages, and what their policies forbade.</summary>
    public IEnumerable<string> PolicyViolations =>
    [
        .. Events("Log.entryAdded").Select(entry => entry["entry"]!["text"]!.GetValue<string>()),
        .. Events("Runtime.exceptionThrown").Select(thrown => thrown["exceptionDetails"]!.ToJsonString()),
    ];

    /// <summary>Starts a browser without a page.</summary>
    /// <param name="switches">Switches of Chromium's command line, in addition to those that every test needs.</param>
    public static async Task<Browser> StartAsync(params string[] switches)
    {
        DirectoryInfo profile = Directory.CreateTempSubdirectory("pointbook-browser-");
        // Tests may run as root. Chromium starts for root only without its sandbox.
        string[] usual =
        [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--no-proxy-server",
            "--remote-debugging-port=0", $"--user-data-dir={profile.FullName}",
        ];
        ProcessStartInfo start = new("chromium", [.. usual, .. switches, "about:blank"]) { RedirectStandardError = true };
        Browser browser = new(Process.Start(start)!, profile);
        try
        {
            await browser.ConnectAsync();
            return browser;
        }
        catch
        {
            await browser.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens a page as if the user had typed its address, without a link. The page may not have loaded when this returns.</summary>
    public async Task OpenAsync(Uri page)
    {
        using CancellationTokenSource late = new(Deadline);
        await CallAsync("Page.navigate", new JsonObject { ["url"] = page.ToString() }, late.Token);
    }

    /// <summary>Runs the body of an asynchronous function in the page, as if the user had just clicked there, and returns its result.</summary>
    public async Task<string> RunAsync(string script)
    {
        using CancellationTokenSource late = new(Deadline);
        JsonNode answer = await CallAsync(
            "Runtime.evaluate",
            new JsonObject { ["expression"] = $"(async () => {{ {script} }})()", ["awaitPromise"] = true, ["returnByValue"] = true, ["userGesture"] = true },
            late.Token);
        Assert.True(answer["exceptionDetails"] is null, answer["exceptionDetails"]?.ToJsonString());
        return answer["result"]!["value"]?.ToString() ?? "";
    }

    /// <summary>Lets pages that open from now on do what their Content-Security-Policy forbids, or ends that.</summary>
    public async Task IgnorePoliciesAsync(bool isOn)
    {
        using CancellationTokenSource late = new(Deadline);
        await CallAsync("Page.setBypassCSP", new JsonObject { ["enabled"] = isOn }, late.Token);
    }

    /// <summary>Waits until a JavaScript expression is true in the page.</summary>
    public Task WaitForAsync(string expression) => Eventually.TrueAsync(
        // The expression fails and has no value before the page has loaded.
        () => IsTrueAsync(expression),
        Deadline,
        () => $"The page reaches '{expression}'. {string.Join('\n', PolicyViolations)}");

    private async Task<bool> IsTrueAsync(string expression)
    {
        using CancellationTokenSource late = new(Deadline);
        try
        {
            return (await EvaluateAsync(expression, late.Token))?.GetValue<bool>() == true;
        }
        catch (InvalidOperationException)
        {
            // The next page replaced this one while the browser evaluated the expression.
            return false;
        }
    }

    /// <summary>The text that the page shows.</summary>
    public async Task<string> ReadTextAsync()
    {
        using CancellationTokenSource late = new(Deadline);
        return (await EvaluateAsync("document.body.innerText", late.Token))!.GetValue<string>();
    }

    /// <summary>Closes the windows that pages opened. A page behind another window would load less than one in front.</summary>
    public async Task CloseOtherWindowsAsync()
    {
        using CancellationTokenSource late = new(Deadline);
        foreach (string id in (await ListWindowsAsync(late.Token)).Select(window => window["id"]!.GetValue<string>()).Where(id => id != _window))
        {
            using HttpResponseMessage answer = await _http.GetAsync(new Uri($"/json/close/{id}", UriKind.Relative), late.Token);
        }

        await CallAsync("Page.bringToFront", [], late.Token);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        _socket.Dispose();
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        // The browser's child processes may end a little later, and write until then.
        await Eventually.TrueAsync(() =>
        {
            try
            {
                _profile.Delete(recursive: true);
                return true;
            }
            catch (IOException)
            {
                return false;
            }
        });
    }

    private async Task ConnectAsync()
    {
        using CancellationTokenSource late = new(Deadline);
        string? line = "";
        while (line?.StartsWith(Announcement, StringComparison.Ordinal) == false)
        {
            line = await _process.StandardError.ReadLineAsync(late.Token);
        }

        Uri debugger = new(line?[Announcement.Length..] ?? throw new InvalidOperationException("Chromium ended before it listened."));
        // Further output must not fill the pipe.
        _ = _process.StandardError.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
        _http.BaseAddress = new Uri($"http://{debugger.Authority}");
        JsonNode window = null!;
        await Eventually.TrueAsync(async () => (await ListWindowsAsync(late.Token)).ToArray() is [JsonNode only] && (window = only) is not null);
        _window = window["id"]!.GetValue<string>();
        await _socket.ConnectAsync(new Uri(window["webSocketDebuggerUrl"]!.GetValue<string>()), late.Token);
        foreach (string domain in (string[])["Network", "Log", "Runtime", "Page"])
        {
            await CallAsync(domain + ".enable", [], late.Token);
        }
    }

    private async Task<IEnumerable<JsonNode>> ListWindowsAsync(CancellationToken cancellationToken) =>
        JsonNode.Parse(await _http.GetStringAsync(new Uri("/json/list", UriKind.Relative), cancellationToken))!
            .AsArray().Select(target => target!).Where(target => target["type"]!.GetValue<string>() == "page");

    private async Task<JsonNode?> EvaluateAsync(string expression, CancellationToken cancellationToken) =>
        (await CallAsync("Runtime.evaluate", new JsonObject { ["expression"] = expression, ["returnByValue"] = true }, cancellationToken))["result"]!["value"];

    /// <summary>Sends a command, and keeps every event that arrives before its answer.</summary>
    private async Task<JsonNode> CallAsync(string method, JsonObject parameters, CancellationToken cancellationToken)
    {
        int id = ++_calls;
        byte[] command = JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters });
        await _socket.SendAsync(command, WebSocketMessageType.Text, endOfMessage: true, cancellationToken);
        while (true)
        {
            JsonNode message = await ReceiveAsync(cancellationToken);
            if (message["id"]?.GetValue<int>() == id)
            {
                return message["result"] ?? throw new InvalidOperationException($"{method} failed: {message.ToJsonString()}");
            }

            _events.Add(message);
        }
    }

    private async Task<JsonNode> ReceiveAsync(CancellationToken cancellationToken)
    {
        using MemoryStream message = new();
        byte[] part = new byte[64 * 1024];
        ValueWebSocketReceiveResult received;
        do
        {
            received = await _socket.ReceiveAsync(part.AsMemory(), cancellationToken);
            message.Write(part, 0, received.Count);
        }
        while (!received.EndOfMessage);
        return JsonNode.Parse(message.ToArray())!;
    }

    private IEnumerable<JsonNode> Events(string method) =>
        _events.Where(message => message["method"]?.GetValue<string>() == method).Select(message => message["params"]!);
}

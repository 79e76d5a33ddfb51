namespace Pointbook.Server.Tests.Security;

/// <summary>What a page does to make a browser send a request to Pointbook that the user did not intend.</summary>
/// <param name="Name">The name of the attack.</param>
/// <param name="Request">The method and the path of the browser's request. It is the preflight if the browser must first ask for permission.</param>
/// <param name="Script">The body of an asynchronous function that returns what the page can read of the answer, or <c>nothing</c>.</param>
public sealed record Attack(string Name, string Request, string Script)
{
    // The declarations that all scripts share.
    private const string HelperScript = """
        const read = async answer => { try { return await (await answer).text() || 'nothing'; } catch { return 'nothing'; } };
        const post = (path, type, body, more) => read(fetch(target + path, { method: 'POST', headers: { 'Content-Type': type }, body, ...more }));
        const spend = '{"points":5}';
        const credit = '{"payer":"EVIL","points":5,"timestamp":"2020-10-31T10:00:00Z"}';
        const later = () => new Promise(end => setTimeout(end, 10));
        const inspect = async frame => {
          try {
            while (frame.document.readyState !== 'complete' || frame.location.href === 'about:blank') {
              await later();
            }
            return frame.document.body.innerText;
          } catch {
            return 'nothing';
          }
        };
        const load = (tag, attributes, look = () => 'loaded') => new Promise(end => {
          const element = Object.assign(document.createElement(tag), attributes);
          element.onload = () => end(look(element));
          element.onerror = () => end('nothing');
          document.body.append(element);
        });
        const submit = (action, enctype, fields, formTarget, method = 'POST') => {
          const form = Object.assign(document.createElement('form'), { action, enctype, method, target: formTarget });
          for (const [name, value] of Object.entries(fields)) {
            form.append(Object.assign(document.createElement('input'), { name, value }));
          }
          document.body.append(form);
          form.submit();
        };
        """;

    public static IReadOnlyList<Attack> All { get; } =
    [
        new("fetch to read", "GET /balance", "return read(fetch(target + '/balance'));"),
        new("fetch without CORS", "GET /balance", "return read(fetch(target + '/balance', { mode: 'no-cors' }));"),
        new("fetch with credentials", "GET /v1/accounts", "return read(fetch(target + '/v1/accounts', { credentials: 'include' }));"),
        new("fetch to empty", "GET /flushDB", "return read(fetch(target + '/flushDB', { mode: 'no-cors' }));"),
        new("fetch with keepalive", "GET /flushDB", "return read(fetch(target + '/flushDB', { mode: 'no-cors', keepalive: true }));"),
        new("fetch of text to add", "POST /addTransaction", "return post('/addTransaction', 'text/plain', credit, { mode: 'no-cors' });"),
        new("fetch of text to spend", "POST /spend", "return post('/spend', 'text/plain', spend, { mode: 'no-cors' });"),
        new("fetch of text that reads the reply", "POST /spend", "return post('/spend', 'text/plain', spend);"),
        new("fetch of JSON", "OPTIONS /spend", "return post('/spend', 'application/json', spend);"),
        new("fetch of JSON labelled as text", "POST /spend", "return post('/spend', 'text/plain; a=application/json', spend, { mode: 'no-cors' });"),
        new("fetch of DELETE", "OPTIONS /flushDB", "return read(fetch(target + '/flushDB', { method: 'DELETE' }));"),
        new("XMLHttpRequest", "POST /spend", """
            return new Promise(end => {
              const request = new XMLHttpRequest();
              request.open('POST', target + '/spend');
              request.onloadend = () => end(request.responseText || 'nothing');
              request.send(spend);
            });
            """),
        new("worker", "GET /balance", """
            const code = `fetch('${target}/balance').then(a => a.text()).then(postMessage, () => postMessage('nothing'))`;
            return new Promise(end => new Worker(URL.createObjectURL(new Blob([code]))).onmessage = message => end(message.data));
            """),
        new("beacon of text", "POST /spend", "navigator.sendBeacon(target + '/spend', spend); return 'nothing';"),
        new("beacon of JSON", "OPTIONS /spend", "navigator.sendBeacon(target + '/spend', new Blob([spend], { type: 'application/json' })); return 'nothing';"),
        new("event stream", "GET /v1/journal/0", """
            return new Promise(end => {
              const source = new EventSource(target + '/v1/journal/0');
              source.onopen = () => { source.close(); end('opened'); };
              source.onerror = () => { source.close(); end('nothing'); };
            });
            """),
        new("web socket", "GET /flushDB", """
            return new Promise(end => {
              const socket = new WebSocket(target.replace('http', 'ws') + '/flushDB');
              socket.onmessage = message => end(message.data);
              socket.onerror = () => end('nothing');
            });
            """),
        new("image", "GET /flushDB", "return load('img', { src: target + '/flushDB' });"),
        new("image without a referrer", "GET /flushDB", "return load('img', { referrerPolicy: 'no-referrer', src: target + '/flushDB' });"),
        new("script", "GET /flushDB", "return load('script', { src: target + '/flushDB' });"),
        new("script with CORS", "GET /balance", "return load('script', { crossOrigin: 'anonymous', src: target + '/balance' });"),
        new("module", "GET /balance", "return import(target + '/balance').then(JSON.stringify, () => 'nothing');"),
        new("style sheet", "GET /flushDB", "return load('link', { rel: 'stylesheet', href: target + '/flushDB' });"),
        new("video", "GET /flushDB", "document.body.append(Object.assign(document.createElement('video'), { muted: true, autoplay: true, src: target + '/flushDB' })); return 'nothing';"),
        new("frame", "GET /flushDB", "return load('iframe', { src: target + '/flushDB' }, frame => inspect(frame.contentWindow));"),
        new("object", "GET /balance", "return load('object', { data: target + '/balance', type: 'text/html' }, object => inspect(object.contentWindow));"),
        new("window", "GET /flushDB", "return inspect(open(target + '/flushDB'));"),
        new("form of text into a frame", "POST /spend", """
            await load('iframe', { name: 'hidden' });
            submit(target + '/spend', 'text/plain', { '{"points":5,"reason":"': '"}' }, 'hidden');
            return inspect(frames['hidden']);
            """),
        new("form of fields into a window", "POST /flushDB", "submit(target + '/flushDB', 'application/x-www-form-urlencoded', { a: 'b' }, '_blank'); return 'nothing';"),
        new("form of parts into a window", "POST /addTransaction", "submit(target + '/addTransaction', 'multipart/form-data', { a: 'b' }, '_blank'); return 'nothing';"),
        new("form with GET", "GET /flushDB", "submit(target + '/flushDB', '', {}, '_blank', 'GET'); return 'nothing';"),
        new("link with ping", "POST /flushDB", """
            Object.assign(document.createElement('a'), { href: '#', ping: target + '/flushDB' }).click();
            return 'nothing';
            """),
        new("link without a referrer", "GET /flushDB", """
            Object.assign(document.createElement('a'), { href: target + '/flushDB', target: '_blank', rel: 'noreferrer' }).click();
            return 'nothing';
            """),
        new("download", "GET /flushDB", """
            Object.assign(document.createElement('a'), { href: target + '/flushDB', download: 'prize' }).click();
            return 'nothing';
            """),
        new("font", "GET /flushDB", "return new FontFace('Prize', `url(${target}/flushDB)`).load().then(() => 'loaded', () => 'nothing');"),
        new("report of a violation", "POST /flushDB", "return load('iframe', { src: `${site}report?url=${encodeURIComponent(target + '/flushDB')}` }, () => 'nothing');"),
        new("redirected image", "GET /flushDB", "return load('img', { src: via(302, '/flushDB') });"),
        new("redirected text", "POST /spend", "return read(fetch(via(307, '/spend'), { method: 'POST', mode: 'no-cors', body: spend }));"),
        new("redirected window", "GET /flushDB", "open(via(302, '/flushDB')); return 'nothing';"),
        new("prefetch", "GET /flushDB", "return load('link', { rel: 'prefetch', href: target + '/flushDB' });"),
        new("preload", "GET /flushDB", "return load('link', { rel: 'preload', as: 'image', href: target + '/flushDB' });"),
        new("speculative prefetch", "GET /flushDB", """
            const script = Object.assign(document.createElement('script'), { type: 'speculationrules' });
            script.textContent = JSON.stringify({ prefetch: [{ urls: [target + '/flushDB'], eagerness: 'immediate' }] });
            document.head.append(script);
            return 'nothing';
            """),
        new("speculative prerender", "GET /flushDB", """
            const script = Object.assign(document.createElement('script'), { type: 'speculationrules' });
            script.textContent = JSON.stringify({ prerender: [{ urls: [target + '/flushDB'], eagerness: 'immediate' }] });
            document.head.append(script);
            return 'nothing';
            """),
        new("frame without an origin", "GET /balance", """
            const code = `fetch('${target}/balance').then(a => a.text()).catch(() => 'nothing').then(text => parent.postMessage(text, '*'))`;
            const said = new Promise(end => addEventListener('message', message => end(message.data)));
            load('iframe', { sandbox: 'allow-scripts', srcdoc: `<script>${code}</` + 'script>' });
            return said;
            """),
        new("navigation of the top window", "GET /flushDB", "setTimeout(() => location = target + '/flushDB'); return 'nothing';"),
        new("refresh", "GET /flushDB", "document.head.append(Object.assign(document.createElement('meta'), { httpEquiv: 'refresh', content: `0;url=${target}/flushDB` })); return 'nothing';"),
    ];

    /// <summary>The script for one server. It may use the attacker's own site.</summary>
    public string On(Uri server, Uri site) => $$"""
        const target = '{{server.GetLeftPart(UriPartial.Authority)}}';
        const site = '{{site}}';
        const via = (status, path) => `${site}to?status=${status}&url=${encodeURIComponent(target + path)}`;
        {{HelperScript}}
        {{Script}}
        """;
}

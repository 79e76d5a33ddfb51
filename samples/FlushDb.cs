// Empties the account and prints the balance that is left.
// dotnet run samples/FlushDb.cs [address]      (or POINTBOOK_URL; http://127.0.0.1:5080 otherwise)
string address = args.FirstOrDefault() ?? Environment.GetEnvironmentVariable("POINTBOOK_URL") ?? "http://127.0.0.1:5080";

using HttpClient client = new() { BaseAddress = new Uri(address) };
using HttpResponseMessage reply = await client.PostAsync(new Uri("/flushDB", UriKind.Relative), content: null);
Console.WriteLine($"{(int)reply.StatusCode} {await reply.Content.ReadAsStringAsync()}");
Console.WriteLine(await client.GetStringAsync(new Uri("/balance", UriKind.Relative)));

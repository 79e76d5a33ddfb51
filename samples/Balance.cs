// Prints the balance of each payer.
// dotnet run samples/Balance.cs [address]      (or POINTBOOK_URL; http://127.0.0.1:5080 otherwise)
string address = args.FirstOrDefault() ?? Environment.GetEnvironmentVariable("POINTBOOK_URL") ?? "http://127.0.0.1:5080";

using HttpClient client = new() { BaseAddress = new Uri(address) };
using HttpResponseMessage reply = await client.GetAsync(new Uri("/balance", UriKind.Relative));
Console.WriteLine($"{(int)reply.StatusCode} {await reply.Content.ReadAsStringAsync()}");

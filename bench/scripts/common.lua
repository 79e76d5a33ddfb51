-- What the scripts share: random accounts, and the result as one line of JSON.
-- wrk runs each of its threads in a separate Lua state. setup and done run in yet another one.

local threads = 0

function setup(thread)
  threads = threads + 1
  thread:set("seed", threads)
end

function prepare(args)
  math.randomseed(seed * 7919 + os.time())
  accounts = tonumber(args[1]) or 10000
  -- The headers of wrk's command line.
  headers = wrk.headers
  headers["Content-Type"] = "application/json"
end

function path(resource)
  return "/v1/accounts/account-" .. math.random(0, accounts - 1) .. "/" .. resource
end

function done(summary, latency, requests)
  local errors = summary.errors
  local failed = errors.status + errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format(
    'RESULT {"requests":%d,"failed":%d,"microseconds":%d,"p50":%d,"p99":%d}\n',
    summary.requests, failed, summary.duration, latency:percentile(50), latency:percentile(99)))
end

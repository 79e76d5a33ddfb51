-- Credits of 100 points of one of 20 payers. See common.lua.
dofile((debug.getinfo(1, "S").source:match("@(.*)/") or ".") .. "/common.lua")

function init(args)
  prepare(args)
end

function request()
  local body = string.format('{"payer":"PAYER %d","points":100,"timestamp":"%s"}', math.random(0, 19), os.date("!%Y-%m-%dT%H:%M:%SZ"))
  return wrk.format("POST", path("transactions"), headers, body)
end

-- Balances. See common.lua.
dofile((debug.getinfo(1, "S").source:match("@(.*)/") or ".") .. "/common.lua")

function init(args)
  prepare(args)
end

function request()
  return wrk.format("GET", path("balance"), headers)
end

-- What wrk sends. HOURGLASS_LOAD: get, post (one event of a random user) or batch (100 of them);
-- HOURGLASS_PIPELINE: how many requests are sent at once on a connection. Users come from a fixed sequence of each thread.
local kind = os.getenv("HOURGLASS_LOAD")
local pipeline = tonumber(os.getenv("HOURGLASS_PIPELINE") or "1")
local hour = 1700000000000
local thread_number = 0

function setup(thread)
  thread:set("seed", thread_number)
  thread_number = thread_number + 1
end

function init()
  math.randomseed(seed)
end

local function user()
  return string.format("user-%06d", math.random(0, 999999))
end

local function batch()
  local lines = {}
  for i = 1, 100 do
    lines[i] = string.format('{"timestamp":%d,"user":"%s","event":"click"}', hour, user())
  end
  return wrk.format("POST", "/analytics/batch", nil, table.concat(lines, "\n") .. "\n")
end

local function one()
  if kind == "get" then
    return wrk.format("GET", "/analytics?timestamp=" .. hour)
  elseif kind == "batch" then
    return batch()
  end
  return wrk.format("POST", "/analytics?timestamp=" .. hour .. "&user=" .. user() .. "&click")
end

function request()
  if pipeline == 1 then
    return one()
  end
  local requests = {}
  for i = 1, pipeline do
    requests[i] = one()
  end
  return table.concat(requests)
end

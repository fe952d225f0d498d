--- Stands in for resty.http. A spec says how the server behaves: `fake.server = function(request) return { status, headers, body } end`.
-- A behaviour may also be `{ refuse = "connection refused" }`, `{ hang = true }` (the read times out), `{ drop = true }` (closed before an answer)
-- or `{ drip = seconds }`: every read takes that long.

local host = require "support.host"

local fake = { calls = {}, reused = 0 }

function fake.reset()
  fake.calls, fake.reused, fake.server, fake.kept, fake.closed = {}, 0, nil, 0, 0
end

local client = {}
client.__index = client

function client:set_timeouts(connect, send, read)
  self.timeouts = { connect, send, read }
end

function client:connect(options)
  self.options = options
  self.reused = string.find(options.pool or "", "^authctl%-fresh") and 0 or fake.reused
  local behaviour = fake.server({ connecting = options })
  if behaviour and behaviour.refuse then return nil, behaviour.refuse end
  return true
end

function client:get_reused_times() return self.reused end
function client.set_keepalive() fake.kept = fake.kept + 1 return 1 end
function client.close() fake.closed = fake.closed + 1 return 1 end

function client:request(request)
  request.options, request.timeouts, request.reused = self.options, self.timeouts, self.reused
  fake.calls[#fake.calls + 1] = request
  local behaviour = fake.server(request)
  if behaviour.hang then return nil, "timeout" end
  if behaviour.drop then return nil, "closed" end
  local body, at = behaviour.body or "", 1
  return {
    status = behaviour.status or 200,
    headers = behaviour.headers or { ["Content-Type"] = "application/json" },
    body_reader = function(size)
      if behaviour.drip then host.now = host.now + behaviour.drip end
      if behaviour.broken and at > 1 then return nil, "closed" end
      if at > #body then return nil end
      local part = string.sub(body, at, at + (behaviour.drip and 1 or size) - 1)
      at = at + #part
      return part
    end,
  }
end

package.preload["resty.http"] = function()
  return { new = function() return setmetatable({}, client) end }
end

return fake

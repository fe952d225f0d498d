--- Stands in for resty.redis: one server, with `fake.down` for one that does not answer and `fake.fails` for one that refuses a command.

local host = require "support.host"

local fake = {}

function fake.reset()
  fake.items, fake.commands, fake.reused, fake.down, fake.fails, fake.kept, fake.closed = {}, {}, 0, nil, nil, 0, 0
end
fake.reset()

local client = {}
client.__index = client

local function command(name, work)
  client[name] = function(_, ...)
    fake.commands[#fake.commands + 1] = table.concat({ name, ... }, " ")
    if fake.fails == name then return nil, "ERR " .. name end
    return work(...)
  end
end

function client.set_timeouts() end
function client:connect(name, port, options)
  self.options = options
  fake.commands[#fake.commands + 1] = "connect " .. name .. " " .. tostring(port) .. " " .. options.pool
  if fake.down then return nil, fake.down end
  return 1
end
function client.get_reused_times() return fake.reused end
function client.set_keepalive() fake.kept = fake.kept + 1 return 1 end
function client.close() fake.closed = fake.closed + 1 return 1 end
command("auth", function() return "OK" end)
command("select", function() return "OK" end)
command("set", function(key, value, _, seconds)
  fake.items[key] = { value = value, expires = host.now + tonumber(seconds) }
  return "OK"
end)
command("get", function(key)
  local item = fake.items[key]
  return item and item.expires > host.now and item.value or ngx.null
end)

package.preload["resty.redis"] = function()
  return { new = function() return setmetatable({}, client) end }
end

return fake

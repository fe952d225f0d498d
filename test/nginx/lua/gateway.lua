--- Runs the plugins of a route in Kong's order. `routes.json`: by first segment of the path, the plugins with their configurations.

local cjson = require "cjson.safe"
local config = require "support.config"

local gateway = {}

local routes = {}

local function load(plugin)
  return { handler = require("kong.plugins." .. plugin.name .. ".handler"), config = config.of(plugin.name, plugin.config) }
end

--- In the worker's first moment. `clock`: seconds since the epoch at which time stands still; nil lets it go on.
function gateway.start(folder, clock)
  if clock then
    ngx.now = function() return clock end
    ngx.time = function() return math.floor(clock) end
  end
  _G.kong = require "kong"
  local file = assert(io.open(folder .. "/routes.json", "rb"))
  for name, plugins in pairs(assert(cjson.decode(file:read("*a")))) do
    local loaded = {}
    for index, plugin in ipairs(plugins) do loaded[index] = load(plugin) end
    table.sort(loaded, function(one, other) return one.handler.PRIORITY > other.handler.PRIORITY end)
    routes[name] = loaded
  end
  file:close()
end

local function plugins()
  return routes[string.match(ngx.var.uri, "^/([^/]*)")]
end

function gateway.access()
  local found = plugins()
  if not found then return ngx.exit(404) end
  for _, plugin in ipairs(found) do plugin.handler:access(plugin.config) end
end

function gateway.header_filter()
  for _, plugin in ipairs(plugins() or {}) do
    if plugin.handler.header_filter then plugin.handler:header_filter(plugin.config) end
  end
end

return gateway

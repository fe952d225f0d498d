/**
 * Runs plugins: those of the directory, and Kong's serverless ones, whose code is in their configuration. The last chunk: it
 * takes `__rt` away.
 */
export const runChunk = String.raw`
local rt = __rt

-- Plugins: loaded once, run by phase
rt.plugins = {}
rt.commands.load = function(name)
  local handler = require("kong.plugins." .. name .. ".handler")
  if type(handler) ~= "table" then error("plugin " .. name .. " returns no handler", 0) end
  rt.plugins[name] = handler
  local phases = {}
  for _, phase in ipairs({ "init_worker", "rewrite", "access", "header_filter", "body_filter", "log", "response", "configure" }) do
    if type(handler[phase]) == "function" then phases[#phases + 1] = phase end
  end
  return handler.PRIORITY or 0, handler.VERSION or "", phases
end
rt.configs = {}
rt.commands.configure = function(id, name, config)
  rt.configs[id] = { id = id, name = name, config = config }
end
local waiting_phases = { rewrite = true, access = true, timer = true }
rt.commands.run = function(name, phase, plugin_id, request_id)
  local handler = rt.plugins[name]
  local plugin = rt.configs[plugin_id]
  local r = rt.request(request_id)
  local job, state, a, b, c, d = rt.start(r, plugin, phase, waiting_phases[phase] == true, handler[phase], handler, plugin.config)
  return state, job.id, a, b, c, d
end
rt.commands.filter = function(name, plugin_id, request_id, data, last)
  local r = rt.request(request_id)
  r.arg = { data, last }
  local handler, plugin = rt.plugins[name], rt.configs[plugin_id]
  local _, state, problem = rt.start(r, plugin, "body_filter", false, handler.body_filter, handler, plugin.config)
  local arg = r.arg
  r.arg = nil
  if state ~= "done" then return false, problem or state end
  return true, arg[1] or "", arg[2] == true
end
rt.commands.init_worker = function(name)
  local handler = rt.plugins[name]
  if not handler.init_worker then return end
  local nobody, plugin = { id = 0, ctx = {}, plugins = {} }, { id = 0, name = name }
  local _, state, a = rt.start(nobody, plugin, "init_worker", false, handler.init_worker, handler)
  if state ~= "done" then error(name .. ".init_worker: " .. tostring(a or state), 0) end
end

-- The serverless plugins: code from the configuration, in Kong's sandbox
local sandboxed = {}
for name in ("_VERSION assert error ipairs next pairs pcall select tonumber tostring type unpack xpcall"):gmatch("%S+") do sandboxed[name] = _G[name] end
local allowed = {
  coroutine = "create resume running status wrap yield", os = "clock date difftime time",
  math = "abs acos asin atan ceil cos deg exp fmod floor huge log log10 max min modf pi pow rad random sin sqrt tan",
  string = "byte char find format gmatch gsub len lower match rep reverse sub upper", table = "concat insert maxn remove sort",
}
for module, names in pairs(allowed) do
  local copy = {}
  for name in names:gmatch("%S+") do copy[name] = _G[module][name] end
  sandboxed[module] = setmetatable({}, { __index = copy, __newindex = function(_, name)
    error("Can not modify " .. module .. "." .. name .. ". Protected by the sandbox.")
  end })
end
local function environment()
  local env = {}
  for k, v in pairs(sandboxed) do env[k] = v end
  env.kong, env.ngx = kong, ngx
  env.require = function(m) error(("require '%s' not allowed within sandbox"):format(m)) end
  env._G = env
  return env
end
local function serverless(priority)
  local compiled = setmetatable({}, { __mode = "k" })
  local handler = { PRIORITY = priority, VERSION = "3.9.3" }
  for _, phase in ipairs({ "rewrite", "access", "header_filter", "body_filter", "log" }) do
    handler[phase] = function(_, config)
      local sources = config[phase]
      if not sources or #sources == 0 then return end
      local known = compiled[config]
      if not known then
        known = {}
        compiled[config] = known
      end
      local functions = known[phase]
      if not functions then
        functions = {}
        for i, source in ipairs(sources) do functions[i] = assert(load(source, "=" .. phase, "t", environment())) end
        known[phase] = functions
      end
      for i, fn in ipairs(functions) do
        local result = fn()
        if type(result) == "function" then
          functions[i] = result
          result()
        end
      end
    end
  end
  return handler
end
rt.preload["kong.plugins.pre-function.handler"] = function() return serverless(1000000) end
rt.preload["kong.plugins.post-function.handler"] = function() return serverless(-1000) end
__rt = nil
`;

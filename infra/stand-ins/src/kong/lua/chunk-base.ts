/**
 * The first chunk: makes Lua 5.4 look like the LuaJIT of a Kong worker, closes what a plugin must not reach, and schedules
 * coroutines. Lua text stands in TypeScript modules so that the build has nothing to copy. Its function is the one entry from
 * JavaScript: `entry(command, ...)`.
 */
export const baseChunk = String.raw`
local host = __host
__host = nil

local raw_create, raw_resume, raw_yield, raw_status = coroutine.create, coroutine.resume, coroutine.yield, coroutine.status
local raw_pcall, raw_xpcall, raw_load, raw_tostring, raw_tonumber = pcall, xpcall, load, tostring, tonumber
local traceback, getupvalue, upvaluejoin = debug.traceback, debug.getupvalue, debug.upvaluejoin
local unpack, pack = table.unpack, table.pack
local floor, huge, math_type = math.floor, math.huge, math.type
local format, find, gsub = string.format, string.find, string.gsub

-- What JavaScript and the other chunks share; no plugin sees it.
local rt = { host = host, pcall = raw_pcall, jobs = {}, requests = {}, modules = {}, commands = {} }

-- 1. Lua 5.1, as far as it can be had
_VERSION = "Lua 5.1"
jit = {
  version = "LuaJIT 2.1", version_num = 20100, os = "Linux", arch = "x64",
  status = function() return false end, on = function() end, off = function() end,
}
_G.unpack = unpack
math.pow = function(a, b) return a ^ b end
math.log10 = function(x) return math.log(x, 10) end
math.mod = math.fmod
table.getn = function(t) return #t end
table.maxn = function(t)
  local n = 0
  for k in pairs(t) do if type(k) == "number" and k > n then n = k end end
  return n
end

local function whole(n)
  if math_type(n) == "float" and n == floor(n) and n > -2^53 and n < 2^53 then return floor(n) end
  return n
end
tostring = function(v)
  if math_type(v) then
    if v ~= v then return "nan" end
    if v == huge then return "inf" end
    if v == -huge then return "-inf" end
    v = whole(v)
    if math_type(v) == "integer" and v > -10^14 and v < 10^14 then return raw_tostring(v) end
    return format("%.14g", v)
  end
  return raw_tostring(v)
end
tonumber = function(v, base)
  if base then return raw_tonumber(v, base) end
  return whole(raw_tonumber(v))
end
string.format = function(pattern, ...)
  local args = pack(...)
  local spec = 0
  local changed = false
  for letter in string.gmatch(gsub(pattern, "%%%%", ""), "%%[%-+ #0]*%d*%.?%d*(%a)") do
    spec = spec + 1
    local v = args[spec]
    if math_type(v) == "float" then
      if find("dioxXuc", letter, 1, true) then
        args[spec] = v >= 0 and floor(v) or -floor(-v)
        changed = true
      elseif letter == "s" then
        args[spec] = tostring(v)
        changed = true
      end
    elseif letter == "u" then
      changed = true
    end
  end
  if not changed then return format(pattern, ...) end
  return format(gsub(pattern, "(%%[%-+ #0]*%d*)u", "%1d"), unpack(args, 1, args.n))
end
-- "%z" stood for the NUL byte in Lua 5.1.
for _, name in ipairs({ "find", "match", "gmatch", "gsub" }) do
  local raw = string[name]
  string[name] = function(s, pattern, ...)
    if type(pattern) == "string" and find(pattern, "%z", 1, true) then pattern = gsub(pattern, "%%z", "%%\0") end
    return raw(s, pattern, ...)
  end
end
string.gfind = string.gmatch

load = function(chunk, name, mode, env)
  if mode == "b" then return nil, "attempt to load a text chunk (mode is 'b')" end
  if env == nil then return raw_load(chunk, name, "t") end
  return raw_load(chunk, name, "t", env)
end
loadstring = function(text, name) return raw_load(text, name or text, "t") end
getfenv = function() return _G end
setfenv = function(fn, env)
  local at = 1
  while true do
    local name = getupvalue(fn, at)
    if name == "_ENV" then upvaluejoin(fn, at, function() return env end, 1) return fn end
    if not name then return fn end
    at = at + 1
  end
end

local function u32(n) return floor(n) & 0xffffffff end
local function s32(n) n = n & 0xffffffff if n >= 0x80000000 then return n - 0x100000000 end return n end
bit = {
  tobit = function(a) return s32(u32(a)) end,
  band = function(a, ...) a = u32(a) for _, b in ipairs({ ... }) do a = a & u32(b) end return s32(a) end,
  bor = function(a, ...) a = u32(a) for _, b in ipairs({ ... }) do a = a | u32(b) end return s32(a) end,
  bxor = function(a, ...) a = u32(a) for _, b in ipairs({ ... }) do a = a ~ u32(b) end return s32(a) end,
  bnot = function(a) return s32(~u32(a)) end,
  lshift = function(a, n) return s32(u32(a) << (n & 31)) end,
  rshift = function(a, n) return s32(u32(a) >> (n & 31)) end,
  arshift = function(a, n) return s32(s32(u32(a)) >> (n & 31) | (s32(u32(a)) < 0 and ~(0xffffffff >> (n & 31)) or 0)) end,
  rol = function(a, n) a, n = u32(a), n & 31 return s32(a << n | a >> (32 - n)) end,
  ror = function(a, n) a, n = u32(a), n & 31 return s32(a >> n | a << (32 - n)) end,
  bswap = function(a) a = u32(a) return s32((a & 0xff) << 24 | (a & 0xff00) << 8 | (a >> 8) & 0xff00 | a >> 24) end,
  tohex = function(a, n)
    n = n or 8
    local text = format(n < 0 and "%08X" or "%08x", u32(a))
    return string.sub(text, -math.min(8, math.abs(n)))
  end,
}

-- 2. What a plugin must not reach
os = {
  time = function(t) if t then return floor(host("os.time", t)) end return floor(host("clock")) end,
  clock = function() return host("uptime") end,
  date = function(fmt, at) return host("os.date", fmt or "%c", at or floor(host("clock"))) end,
  getenv = function(name) return host("env", name) end,
  difftime = function(a, b) return a - b end,
}
io, dofile, loadfile, utf8, warn = nil, nil, nil, nil, nil
debug = { traceback = traceback, getinfo = debug.getinfo }

-- 3. Jobs: one coroutine each
local WAIT, EXIT = {}, {}
rt.WAIT, rt.EXIT = WAIT, EXIT
local current
local last_job = 0
rt.current = function() return current end

-- Kong loses an exit from inside a pcall, from a callback of the C library, and from a plugin's own coroutine; and the request goes on.
-- Here such a request ends as a 500 that says so, so that the mistake is found on the way to Kong and not behind it.
pcall = function(fn, ...)
  local job = current
  if not job then return raw_pcall(fn, ...) end
  job.guards = job.guards + 1
  return (function(...) job.guards = job.guards - 1 return ... end)(raw_pcall(fn, ...))
end
xpcall = function(fn, handler, ...)
  local job = current
  if not job then return raw_xpcall(fn, handler, ...) end
  job.guards = job.guards + 1
  return (function(...) job.guards = job.guards - 1 return ... end)(raw_xpcall(fn, handler, ...))
end

local function inner(co, ok, tag, token, ...)
  if ok and tag == WAIT then return inner(co, raw_resume(co, raw_yield(WAIT, token))) end
  if ok and tag == EXIT then return true end
  return ok, tag, token, ...
end
coroutine.resume = function(co, ...) return inner(co, raw_resume(co, ...)) end
coroutine.wrap = function(fn)
  local co = raw_create(fn)
  return function(...)
    local results = pack(inner(co, raw_resume(co, ...)))
    if not results[1] then error(results[2], 0) end
    return unpack(results, 2, results.n)
  end
end

-- Gives up the processor until the host has what the token stands for; returns the host's results.
rt.wait = function(token) return raw_yield(WAIT, token) end
rt.can_wait = function() return current ~= nil and current.waits end

rt.exit = function(status, kind, body, headers)
  local job = current
  job.answer = { status, kind, body, headers }
  raw_yield(EXIT)
end

local function settle(job, ok, tag, token)
  if not ok then
    rt.jobs[job.id] = nil
    job.finished = true
    return "error", traceback(job.co, tostring(tag))
  end
  if raw_status(job.co) ~= "dead" then
    if tag == WAIT then
      if not job.waits then
        rt.jobs[job.id] = nil
        return "error", "API disabled in the context of " .. tostring(job.phase)
      end
      return "wait", token
    end
    if tag == EXIT and job.guards == 0 then
      rt.jobs[job.id] = nil
      return "exit", unpack(job.answer, 1, 4)
    end
  end
  rt.jobs[job.id] = nil
  job.finished = true
  if job.answer then return "lost" end
  return "done"
end

local function step(job, ...)
  local before = current
  current = job
  rt.host("enter", job.request and job.request.id or 0)
  local ok, tag, token = raw_resume(job.co, ...)
  current = before
  rt.host("enter", before and before.request and before.request.id or 0)
  return settle(job, ok, tag, token)
end
rt.step = step

rt.start = function(request, plugin, phase, waits, fn, ...)
  last_job = last_job + 1
  local job = { id = last_job, request = request, plugin = plugin, phase = phase, waits = waits, guards = 0, co = raw_create(fn) }
  rt.jobs[job.id] = job
  return job, step(job, ...)
end

rt.request = function(id)
  local request = rt.requests[id]
  if not request then
    request = { id = id, ctx = {}, shared = nil, plugins = {} }
    rt.requests[id] = request
  end
  return request
end

rt.commands.resume = function(id, ...)
  local job = rt.jobs[id]
  if not job then return "done" end
  return step(job, ...)
end
rt.commands.free = function(id) rt.requests[id] = nil end

-- 4. require: the modules below, and the plugins' own files
local loaded, preload = {}, {}
package = { loaded = loaded, preload = preload, path = "", cpath = "" }
rt.preload = preload
for _, name in ipairs({ "string", "table", "math", "os", "coroutine", "bit", "debug" }) do loaded[name] = _G[name] end
loaded._G = _G
require = function(name)
  local known = loaded[name]
  if known ~= nil then return known end
  local make = preload[name]
  if not make then
    local source = host("module", name)
    if not source then error("module '" .. tostring(name) .. "' not found", 2) end
    local fn, problem = raw_load(source, "@" .. name, "t")
    if not fn then error(problem, 0) end
    make = fn
  end
  loaded[name] = true
  local value = make(name)
  if value ~= nil then loaded[name] = value end
  return loaded[name]
end
print = function(...)
  local parts = pack(...)
  for i = 1, parts.n do parts[i] = tostring(parts[i]) end
  host("log", "notice", table.concat(parts, "\t"))
end
collectgarbage("generational")

__rt = rt
return function(command, ...) return rt.commands[command](...) end
`;

--- A small Kong for LuaJIT: just the PDK that the plugins use, with Kong's ways of behaving that matter to them.
-- `kong.response.exit` is a yield that is never resumed, header tables answer in lower case, a list of headers is cut off at its limit.

local cjson = require "cjson.safe"
local paths = require "support.path"

local host = {}

local here = string.match(debug.getinfo(1, "S").source, "^@(.*)support/host%.lua$")
local plugin_dir = os.getenv("AUTHCTL_PLUGIN_DIR") or (here .. "../../infra/kong/plugins")

table.insert(package.loaders, 2, function(name)
  local path = string.match(name, "^kong%.plugins%.(.+)$")
  if not path then return nil end
  local file = plugin_dir .. "/" .. string.gsub(path, "%.", "/") .. ".lua"
  local chunk, err = loadfile(file)
  return chunk or ("\n\t" .. err)
end)

-- base64 -------------------------------------------------------------------------------------------------------------------------------

local ffi = require "ffi"

local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
local values = ffi.new("uint8_t[256]", 255)
for index = 1, 64 do values[string.byte(alphabet, index)] = index - 1 end

local function encode_base64(text)
  local out = {}
  for at = 1, #text, 3 do
    local a, b, c = string.byte(text, at, at + 2)
    local n = a * 65536 + (b or 0) * 256 + (c or 0)
    local chars = {}
    for shift = 3, 0, -1 do
      local index = math.floor(n / 64 ^ shift) % 64
      chars[#chars + 1] = string.sub(alphabet, index + 1, index + 1)
    end
    if not c then chars[4] = "=" end
    if not b then chars[3] = "=" end
    out[#out + 1] = table.concat(chars)
  end
  return table.concat(out)
end

--- In nginx this is C: a slow one here would hide what the plugins cost.
local function decode_base64(text)
  local from, out = ffi.cast("const uint8_t *", text), ffi.new("uint8_t[?]", #text + 3)
  local length, bits, count = 0, 0, 0
  for at = 0, #text - 1 do
    local value = values[from[at]]
    if value == 255 then break end
    bits, count = bits * 64 + value, count + 6
    if count >= 8 then
      count = count - 8
      out[length] = bit.rshift(bits, count)
      length, bits = length + 1, bit.band(bits, bit.lshift(1, count) - 1)
    end
  end
  return ffi.string(out, length)
end

function host.base64url(text)
  return (string.gsub(string.gsub(string.gsub(encode_base64(text), "%+", "-"), "/", "_"), "=", ""))
end

-- ngx and kong -------------------------------------------------------------------------------------------------------------------------

host.now = 1795228215

local current

_G.ngx = {
  null = cjson.null,
  now = function() return host.now end,
  time = function() return math.floor(host.now) end,
  encode_base64 = encode_base64,
  decode_base64 = decode_base64,
}

local header_mt = {
  __index = function(headers, name) return rawget(headers, (string.gsub(string.lower(name), "_", "-"))) end,
}

local lowered = setmetatable({}, { __mode = "k", __index = function(made, name)
  made[name] = string.lower(name)
  return made[name]
end })

local function remove_header(headers, name)
  for key in pairs(headers) do
    if lowered[key] == lowered[name] then headers[key] = nil end
  end
end

local logged = {}
local function logger(level)
  return function(...)
    local parts = {}
    for index = 1, select("#", ...) do parts[index] = tostring((select(index, ...))) end
    logged[#logged + 1] = level .. ": " .. table.concat(parts)
  end
end

_G.kong = {
  request = {
    get_method = function() return current.method end,
    get_scheme = function() return current.scheme end,
    get_forwarded_scheme = function() return current.scheme end,
    get_forwarded_host = function() return (string.gsub(current.host, ":%d+$", "")) end,
    get_raw_query = function() return current.query end,
    get_raw_path = function() return current.path end,
    get_path = function() return paths.normalised(current.path) end,
    get_headers = function(most)
      local listed, count = {}, 0
      for name, value in pairs(current.headers) do
        local list = type(value) == "table" and value or { value }
        for _, item in ipairs(list) do
          count = count + 1
          if count > (most or 100) then return setmetatable(listed, header_mt) end
          local key = string.lower(name)
          local before = rawget(listed, key)
          if before == nil then
            listed[key] = item
          elseif type(before) == "table" then
            before[#before + 1] = item
          else
            listed[key] = { before, item }
          end
        end
      end
      return setmetatable(listed, header_mt)
    end,
    get_raw_body = function(most)
      if current.body_in_file and #current.body > (most or -1) then return nil, "request body file too big" end
      return current.body
    end,
  },
  service = {
    request = {
      set_header = function(name, value)
        assert(type(value) == "string" and not string.find(value, "[\r\n%z]"), "a header value that cannot be sent")
        remove_header(current.headers, name)
        current.headers[name] = value
      end,
      clear_header = function(name) remove_header(current.headers, name) end,
    },
  },
  response = {
    exit = function(status, body, headers)
      coroutine.yield({ status = status, body = body, headers = headers or {} })
      error("a request that was answered went on")
    end,
    get_status = function() return current.answer.status end,
    get_source = function() return current.answer.source end,
    get_headers = function() return current.answer.headers end,
    set_header = function(name, value) current.answer.headers[name] = value end,
    clear_header = function(name) current.answer.headers[name] = nil end,
  },
  client = {
    get_credential = function() return current.credential end,
    get_consumer = function() return current.consumer end,
    authenticate = function(consumer, credential)
      current.consumer, current.credential = consumer, credential
    end,
    get_forwarded_ip = function() return current.client_ip or "192.0.2.7" end,
  },
  ctx = setmetatable({}, { __index = function(_, name)
    assert(name == "shared", "only kong.ctx.shared is there")
    return current.shared
  end }),
  log = { debug = logger("debug"), info = logger("info"), notice = logger("notice"), warn = logger("warn"), err = logger("err") },
}

local cache, clear_cache = require("support.cache").new(function() return host.now end)
_G.kong.cache = cache

--- Empties the cache, and returns the keys it held.
host.clear_cache = clear_cache

--- Makes the shared dict refuse new keys, as a full one of nginx does.
host.dict_full = false

local function shared_dict()
  local items = {}
  return {
    items = items,
    safe_set = function(_, key, value, seconds)
      if host.dict_full then return nil, "no memory" end
      items[key] = { value = value, expires = host.now + seconds }
      return true
    end,
    get = function(_, key)
      local item = items[key]
      if item and item.expires > host.now then return item.value, 0 end
      return nil
    end,
    set = function(_, key, value, seconds)
      items[key] = { value = value, expires = seconds and seconds > 0 and host.now + seconds or math.huge }
      return true
    end,
    add = function(dict, key, value, seconds)
      if dict:get(key) ~= nil then return false, "exists" end
      return dict:set(key, value, seconds)
    end,
    flush_all = function() for key in pairs(items) do items[key] = nil end end,
  }
end

_G.ngx.shared = { authctl_handles = shared_dict(), kong = shared_dict() }

--- Whoever sleeps lets the time pass. A spec says what happens meanwhile: `host.meanwhile = function() ... end`.
_G.ngx.sleep = function(seconds)
  host.now = host.now + seconds
  if host.meanwhile then host.meanwhile() end
end

local randomness = 0
package.preload["resty.random"] = function()
  return { bytes = function(length)
    randomness = randomness + 1
    return string.sub(string.rep(string.format("%08d", randomness), 8), 1, length)
  end }
end

package.preload["resty.sha256"] = function()
  return { new = function()
    local text = ""
    return { update = function(_, part) text = text .. part end, final = function() return "digest of " .. #text .. string.reverse(text) end }
  end }
end
package.preload["resty.string"] = function()
  return { to_hex = function(text) return (string.gsub(text, ".", function(c) return string.format("%02x", string.byte(c)) end)) end }
end

require "support.fake_pkey"

-- plugins ------------------------------------------------------------------------------------------------------------------------------

host.config = require("support.config").of

--- A request as it arrives. `headers` by name; a list stands for repeated lines.
function host.request(given)
  local made = {
    method = "GET", scheme = "http", host = "127.0.0.1:8000", path = "/", query = "", body = "", headers = {}, shared = {},
  }
  for name, value in pairs(given or {}) do made[name] = value end
  local headers = { Host = made.host }
  for name, value in pairs(made.headers) do headers[name] = value end
  made.headers = headers
  return made
end

--- Runs a plugin's access phase on a request. Returns the answer { status, body, headers } when it refused, nil when it let the request go on.
function host.access(plugin, config, request)
  current = request
  local handler = require("kong.plugins." .. plugin .. ".handler")
  local thread = coroutine.create(function() handler:access(config) end)
  local ok, answer = coroutine.resume(thread)
  if not ok then error(debug.traceback(thread, answer), 0) end
  if coroutine.status(thread) == "dead" then return nil end
  return answer
end

--- Runs a plugin's header_filter on an answer { status, source, headers } and returns the answer.
function host.header_filter(plugin, config, request, answer)
  current = request
  request.answer = answer
  require("kong.plugins." .. plugin .. ".handler"):header_filter(config)
  return answer
end

--- Runs `use` with a request in place, for modules that read it without a handler.
function host.during(request, use)
  current = request
  return use()
end

--- As another worker of the same node, or the same one after a restart: modules anew; the cache and the dictionary stay.
function host.new_worker()
  for name in pairs(package.loaded) do
    if string.find(name, "^kong%.plugins%.authctl") then package.loaded[name] = nil end
  end
end

--- What was logged since the last call.
function host.take_log()
  local taken = logged
  logged = {}
  return taken
end

return host

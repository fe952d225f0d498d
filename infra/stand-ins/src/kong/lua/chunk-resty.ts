/** The lua-resty modules that come with Kong and that plugins use: hashes, keys, locks; and a few of Kong's own small ones. */
export const restyChunk = String.raw`
local rt = __rt
local host = rt.host
local preload = rt.preload
local lower, concat = string.lower, table.concat

local function hex(s) return (s:gsub(".", function(c) return ("%02x"):format(c:byte()) end)) end

-- Hashes
local function hasher(name)
  return function()
    return { new = function()
      local parts = {}
      return {
        update = function(_, s) parts[#parts + 1] = s return true end,
        final = function() return host("digest", name, concat(parts)) end,
        reset = function() parts = {} return true end,
      }
    end }
  end
end
for _, name in ipairs({ "md5", "sha1", "sha224", "sha256", "sha384", "sha512" }) do preload["resty." .. name] = hasher(name) end
preload["resty.string"] = function()
  return { to_hex = hex, atoi = function(s) return tonumber(s) end }
end
preload["resty.random"] = function() return { bytes = function(n) return host("random", n) end } end
preload["ngx.base64"] = function()
  return {
    encode_base64url = function(s) return host("base64url", s) end,
    decode_base64url = function(s)
      local out = host("unbase64url", s)
      if out == nil then return nil, "invalid input" end
      return out
    end,
  }
end

-- resty.openssl
local function digest_new(name)
  local parts = {}
  name = lower(name or "sha1")
  local d = { algorithm = name }
  function d:update(...) for _, s in ipairs({ ... }) do parts[#parts + 1] = s end return true end
  function d:final(s) if s then parts[#parts + 1] = s end return host("digest", name, concat(parts)) end
  function d:reset() parts = {} return true end
  d.data = function() return concat(parts) end
  return d
end
preload["resty.openssl.digest"] = function() return { new = function(name) return digest_new(name) end } end
local function hmac_new(key, name)
  local parts = {}
  local h = {}
  function h:update(...) for _, s in ipairs({ ... }) do parts[#parts + 1] = s end return true end
  function h:final(s) if s then parts[#parts + 1] = s end return host("hmac", lower(name or "sha1"), key, concat(parts)) end
  function h:reset() parts = {} return true end
  return h
end
preload["resty.openssl.hmac"] = function() return { new = hmac_new } end
preload["resty.openssl.mac"] = function()
  return { new = function(key, kind, _, name)
    if kind ~= "HMAC" then return nil, "mac.new: only HMAC is there in the embedded gateway" end
    return hmac_new(key, name)
  end }
end
preload["resty.openssl.rand"] = function() return { bytes = function(n) return host("random", n) end } end
local key_methods = {}
local key_mt = { __index = key_methods, __gc = function(self) host("key.release", self.handle) end }
function key_methods:verify(signature, data, md, padding, options)
  if type(data) == "table" then md, data = data.algorithm, data.data() end
  local ok, problem = host("key.verify", self.handle, signature, data, md and lower(md), padding, options and options.ecdsa_use_raw == true,
    options and options.pss_saltlen)
  if problem then return nil, problem end
  return ok
end
function key_methods:get_key_type() return { sn = self.kind } end
function key_methods:is_private() return self.private end
preload["resty.openssl.pkey"] = function()
  return {
    PADDINGS = { RSA_PKCS1_PADDING = 1, RSA_SSLV23_PADDING = 2, RSA_NO_PADDING = 3, RSA_PKCS1_OAEP_PADDING = 4, RSA_X931_PADDING = 5,
      RSA_PKCS1_PSS_PADDING = 6 },
    new = function(text)
      if type(text) ~= "string" then return nil, "pkey.new: generating keys is not there in the embedded gateway" end
      local handle, kind, private = host("key.load", text)
      if not handle then return nil, "pkey.new: " .. tostring(kind) end
      return setmetatable({ handle = handle, kind = kind, private = private }, key_mt)
    end,
  }
end

-- resty.lock, for one worker
local held = {}
preload["resty.lock"] = function()
  return { new = function(_, dict, options)
    options = options or {}
    local lock = {}
    function lock:lock(key)
      if self.key then return nil, "locked" end
      local entry = held[key]
      local started = ngx.now()
      while entry and entry.expires > ngx.now() do
        local left = (options.timeout or 5) - (ngx.now() - started)
        if left <= 0 or not rt.can_wait() then return nil, "timeout" end
        if not entry.semaphore:wait(left) then return nil, "timeout" end
        entry = held[key]
      end
      held[key] = { expires = ngx.now() + (options.exptime or 30), semaphore = rt.semaphore(0) }
      self.key = key
      return ngx.now() - started
    end
    function lock:unlock()
      local entry = self.key and held[self.key]
      if not entry then return nil, "unlocked" end
      held[self.key] = nil
      self.key = nil
      entry.semaphore:post(-entry.semaphore:count())
      return 1
    end
    function lock:expire(seconds)
      if not self.key then return nil, "unlocked" end
      held[self.key].expires = ngx.now() + (seconds or 30)
      return true
    end
    return lock
  end }
end

-- resty.lrucache: no limit worth keeping here but the number of items.
preload["resty.lrucache"] = function()
  return { new = function(size)
    local items, count, order = {}, 0, {}
    local cache = {}
    function cache:get(key)
      local item = items[key]
      if not item then return nil end
      if item.expires and item.expires <= ngx.now() then return nil, item.value end
      return item.value, nil, item.flags or 0
    end
    function cache:set(key, value, ttl, flags)
      if not items[key] then
        count = count + 1
        order[#order + 1] = key
        while count > size do
          local oldest = table.remove(order, 1)
          if items[oldest] then items[oldest] = nil count = count - 1 end
        end
      end
      items[key] = { value = value, flags = flags, expires = ttl and ngx.now() + ttl or nil }
    end
    function cache:delete(key) if items[key] then items[key] = nil count = count - 1 end end
    function cache:flush_all() items, count, order = {}, 0, {} end
    function cache:count() return count end
    function cache:capacity() return size end
    return cache
  end }
end
preload["resty.jit-uuid"] = function() return { seed = function() end, generate_v4 = function() return host("uuid") end,
  is_valid = function(s)
  return type(s) == "string" and s:match("^%x%x%x%x%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%x%x%x%x%x%x%x%x$") ~= nil end }
end
preload["kong.tools.uuid"] = function() return { uuid = function() return host("uuid") end } end
preload["bit"] = function() return bit end
preload["ngx.errlog"] = function() return { raw_log = function(level, text) ngx.log(level, text) end } end
preload["ngx.process"] = function() return { type = function() return "worker" end } end

-- LuaJIT's table extensions
local function count(t) local n = 0 for _ in pairs(t) do n = n + 1 end return n end
local function clone(t) local c = {} for k, v in pairs(t) do c[k] = v end return c end
preload["table.new"] = function() return function() return {} end end
preload["table.clear"] = function() return function(t) for k in pairs(t) do t[k] = nil end end end
preload["table.nkeys"] = function() return count end
preload["table.isempty"] = function() return function(t) return next(t) == nil end end
preload["table.clone"] = function() return clone end
preload["table.isarray"] = function() return function(t) return count(t) == #t end end


-- Kong's own
preload["kong.meta"] = function()
  return { version = "3.9.3", _VERSION = "3.9.3", core_version = "3.9.3", _NAME = "kong", _SERVER_TOKENS = "kong/3.9.3" }
end
preload["kong.constants"] = function()
  return { HEADERS = {
    HOST_OVERRIDE = "X-Host-Override", PROXY_LATENCY = "X-Kong-Proxy-Latency", RESPONSE_LATENCY = "X-Kong-Response-Latency",
    UPSTREAM_LATENCY = "X-Kong-Upstream-Latency", UPSTREAM_STATUS = "X-Kong-Upstream-Status", CONSUMER_ID = "X-Consumer-ID",
    CONSUMER_CUSTOM_ID = "X-Consumer-Custom-ID", CONSUMER_USERNAME = "X-Consumer-Username",
    CREDENTIAL_IDENTIFIER = "X-Credential-Identifier",
    RATELIMIT_LIMIT = "X-RateLimit-Limit", RATELIMIT_REMAINING = "X-RateLimit-Remaining", CONSUMER_GROUPS = "X-Consumer-Groups",
    AUTHENTICATED_GROUPS = "X-Authenticated-Groups", FORWARDED_HOST = "X-Forwarded-Host", FORWARDED_PATH = "X-Forwarded-Path",
    FORWARDED_PREFIX = "X-Forwarded-Prefix", ANONYMOUS = "X-Anonymous-Consumer", VIA = "Via", SERVER = "Server",
    REQUEST_ID = "X-Kong-Request-Id",
  } }
end
local utils = {
  uuid = function() return host("uuid") end,
  split = function(s, sep)
    local out = {}
    for part in (s .. sep):gmatch("(.-)" .. sep:gsub("%p", "%%%0")) do out[#out + 1] = part end
    return out
  end,
  strip = function(s) return s and (s:gsub("^%s+", ""):gsub("%s+$", "")) or "" end,
}
preload["kong.tools.string"] = function() return utils end
preload["kong.tools.rand"] = function() return { get_rand_bytes = function(n) return host("random", n) end } end
preload["kong.tools.table"] = function() return { EMPTY = {}, shallow_copy = clone, cycle_aware_deep_copy = function(t)
  local function copy(v) if type(v) ~= "table" then return v end local c = {} for k, x in pairs(v) do c[k] = copy(x) end return c end
  return copy(t)
end } end
preload["kong.tools.sha256"] = function()
  return { sha256_hex = function(s) return hex(host("digest", "sha256", s)) end,
    sha256_bin = function(s) return host("digest", "sha256", s) end }
end
`;

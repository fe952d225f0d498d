/** What `kong` offers beside request and response: log, cache, database, vault. */
export const pdkServicesChunk = String.raw`
local rt = __rt
local host = rt.host
local concat = table.concat

-- kong.log
local function writer(level)
  return function(...)
    local parts = table.pack(...)
    for i = 1, parts.n do parts[i] = tostring(parts[i]) end
    local job = rt.current()
    host("log", level, (job and job.plugin and "[" .. job.plugin.name .. "] " or "") .. concat(parts))
  end
end
kong.log = setmetatable({}, { __call = function(_, ...) return kong.log.notice(...) end })
for _, level in ipairs({ "emerg", "alert", "crit", "err", "warn", "notice", "info", "debug" }) do kong.log[level] = writer(level) end
kong.log.deprecation = writer("warn")
kong.log.inspect = setmetatable({ on = function() end, off = function() end }, { __call = function(_, ...) kong.log.debug(...) end })
kong.log.set_serialize_value = function(key, value, options) host("serialize.set", key, value, options and options.mode or "set") end
kong.log.serialize = function() return host("serialize") end
kong.log.new = function() return kong.log end

-- kong.cache: one value per key in this worker, fetched once however many ask. A nil is kept too.
local function cache_new()
  local kept, loading = {}, {}
  local cache = {}
  function cache:get(key, options, callback, ...)
    if type(key) ~= "string" then error("key must be a string", 2) end
    local item = kept[key]
    if item and (not item.expires or item.expires > ngx.now()) then return item.value, nil, 1 end
    if not callback then return nil end
    while loading[key] do
      local token = host("defer", 5)
      local queue = loading[key]
      queue[#queue + 1] = token
      local woken = rt.wait(token)
      item = kept[key]
      if item and (not item.expires or item.expires > ngx.now()) then return item.value, nil, 2 end
      if not woken then return nil, "could not acquire callback lock: timeout" end
    end
    loading[key] = {}
    local ok, value, problem, ttl = rt.pcall(callback, ...)
    local queue = loading[key]
    loading[key] = nil
    if ok and not problem then
      local lasts = ttl or (options and (value == nil and options.neg_ttl or value ~= nil and options.ttl)) or 0
      if lasts >= 0 then kept[key] = { value = value, expires = lasts > 0 and ngx.now() + lasts or nil } end
    end
    for _, token in ipairs(queue) do host("wake", token, true) end
    if not ok then return nil, "callback threw an error: " .. tostring(value) end
    if problem then return nil, problem end
    return value, nil, 3
  end
  function cache:probe(key)
    local item = kept[key]
    if not item then return nil end
    return item.expires and item.expires - ngx.now() or 0, nil, item.value
  end
  function cache:renew(key, options, callback, ...) kept[key] = nil return cache:get(key, options, callback, ...) end
  function cache:invalidate(key) kept[key] = nil return true end
  function cache:invalidate_local(key) kept[key] = nil return true end
  function cache:safe_set(key, value) kept[key] = { value = value } return true end
  function cache:purge() kept = {} end
  return cache
end
kong.cache = cache_new()
kong.core_cache = cache_new()

-- kong.db, to read
local daos = { consumers = true, services = true, routes = true, plugins = true, jwt_secrets = true, acls = true,
  keyauth_credentials = true,
  basicauth_credentials = true, hmacauth_credentials = true }
kong.db = setmetatable({}, { __index = function(_, name)
  if not daos[name] then return nil end
  return setmetatable({
    cache_key = function(_, key) return name .. ":" .. tostring(type(key) == "table" and (key.id or key.key) or key) .. ":::::" end,
    select = function(_, key) return host("db.find", name, "id", key.id) end,
  }, { __index = function(_, method)
    local field = method:match("^select_by_(.+)$")
    if field then return function(_, value) return host("db.find", name, field, tostring(value)) end end
    local foreign = method:match("^each_for_(.+)$")
    if foreign then
      return function(_, key)
        local rows, at = host("db.each", name, foreign, key.id) or {}, 0
        return function()
          at = at + 1
          return rows[at]
        end
      end
    end
    error("kong.db." .. name .. ":" .. method .. " is not there in the embedded gateway", 2)
  end })
end })
kong.vault = {
  get = function(reference) return host("vault", reference) end,
  is_reference = function(reference) return type(reference) == "string" and reference:match("^{vault://.+}$") ~= nil end,
}
local span = setmetatable({}, { __index = function() return function() end end })
kong.tracing = { start_span = function() return span end, active_span = function() return nil end, set_active_span = function() end }
kong.worker_events = { register = function() end, post = function() return true end, post_local = function() return true end }
kong.cluster_events = { subscribe = function() return true end, broadcast = function() return true end }
kong.timer = { at = function(_, ...) return ngx.timer.at(...) end, every = function(_, ...) return ngx.timer.every(...) end }
kong.telemetry = { log = function() return true end }
`;

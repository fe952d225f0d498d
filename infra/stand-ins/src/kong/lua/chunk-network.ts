/** `resty.http` and `resty.redis`: what plugins ask of other servers. Waiting for them gives the processor to other requests. */
export const networkChunk = String.raw`
local rt = __rt
local host = rt.host
local preload = rt.preload
local concat = table.concat

local function flat(headers)
  local out = {}
  for name, value in pairs(headers or {}) do
    if type(name) == "string" then
      out[#out + 1] = name
      out[#out + 1] = rt.as_values(value)
    end
  end
  return out
end

-- resty.http: a connection carries one request at a time, and may then be kept for another.
local methods = {}
local http_mt = { __index = methods }
local function asleep() if not rt.can_wait() then error("API disabled in the context of " .. tostring(ngx.get_phase()), 3) end end
local function body_text(body)
  if type(body) == "table" then return concat(body) end
  if type(body) == "function" then
    local parts = {}
    for part in body do parts[#parts + 1] = part end
    return concat(parts)
  end
  return body
end
local function query_text(query)
  if type(query) == "table" then query = ngx.encode_args(query) end
  if not query or query == "" then return "" end
  return "?" .. query:gsub("^%?", "")
end
local function authority(self)
  local standard = self.scheme == "https" and 443 or 80
  return self.port == standard and self.host or self.host .. ":" .. string.format("%d", self.port)
end
function methods:set_timeout(ms) self.connect_timeout, self.read_timeout = ms, ms end
function methods:set_timeouts(connect, _, read) self.connect_timeout, self.read_timeout = connect, read end
function methods:set_proxy_options() error("proxies are not there in the embedded gateway", 2) end
function methods:ssl_handshake() return nil, "use connect with scheme = 'https'" end
function methods:connect(options, port, more)
  asleep()
  if type(options) ~= "table" then options = { scheme = "http", host = options, port = port, pool = type(more) == "table" and more.pool
    or nil } end
  if options.proxy_opts then return nil, "proxies are not there in the embedded gateway" end
  self.scheme, self.host = options.scheme or "http", options.host
  self.port = options.port or (self.scheme == "https" and 443 or 80)
  local handle, other = rt.wait(host("http.connect", {
    scheme = self.scheme, host = self.host, port = self.port, pool = options.pool, verify = options.ssl_verify ~= false,
    name = options.ssl_server_name, timeout = self.connect_timeout,
  }))
  if not handle then return nil, other end
  self.handle, self.reused = handle, other
  return 1
end
function methods:get_reused_times() if not self.handle then return nil, "not initialized" end return self.reused end
function methods:set_keepalive(ttl, size)
  if not self.handle then return nil, "not initialized" end
  local handle = self.handle
  self.handle = nil
  return host("http.keep", handle, ttl, size)
end
function methods:close()
  if not self.handle then return nil, "not initialized" end
  local handle = self.handle
  self.handle = nil
  return host("http.close", handle)
end
function methods:request(params)
  asleep()
  if not self.handle then return nil, "not initialized" end
  local handle = self.handle
  local status, headers, reason = rt.wait(host("http.send", handle, {
    method = params.method or "GET", path = (params.path or "/") .. query_text(params.query), headers = flat(params.headers),
    body = body_text(params.body), authority = authority(self), timeout = self.read_timeout,
  }))
  if not status then return nil, headers end
  local response = { status = status, reason = reason, headers = rt.combined(headers) }
  response.has_body = params.method ~= "HEAD" and status ~= 204 and status ~= 304
  response.body_reader = function(size) asleep() return rt.wait(host("http.read", handle, size)) end
  response.read_body = function()
    local parts = {}
    while true do
      local part, problem = response.body_reader()
      if problem then return nil, problem end
      if not part then return concat(parts) end
      parts[#parts + 1] = part
    end
  end
  response.read_trailers = function() end
  return response
end
function methods:parse_uri(uri)
  local scheme, name, port, path = uri:match("^(https?)://([^:/?]+):?(%d*)(.*)$")
  if not scheme then scheme, name, port, path = uri:match("^(https?)://(%[[%x:.]+%]):?(%d*)(.*)$") end
  if not scheme then return nil, "bad uri: " .. tostring(uri) end
  local query = path:match("%?(.*)$")
  path = path:gsub("%?.*$", "")
  if path == "" then path = "/" end
  return { scheme, name, tonumber(port) or (scheme == "https" and 443 or 80), path, query }
end
function methods:request_uri(uri, params)
  params = params or {}
  local parsed, problem = self:parse_uri(uri)
  if not parsed then return nil, problem end
  local ok
  ok, problem = self:connect({
    scheme = parsed[1], host = parsed[2], port = parsed[3], pool = params.pool, ssl_verify = params.ssl_verify,
      ssl_server_name = params.ssl_server_name,
  })
  if not ok then return nil, problem end
  local asked = {}
  for k, v in pairs(params) do asked[k] = v end
  asked.path, asked.query = params.path or parsed[4], params.query or parsed[5]
  local response
  response, problem = self:request(asked)
  if response then response.body, problem = response:read_body() end
  if problem then
    self:close()
    return nil, problem
  end
  if params.keepalive == false then self:close() else self:set_keepalive(params.keepalive_timeout, params.keepalive_pool) end
  return response
end
preload["resty.http"] = function() return { _VERSION = "0.17.2", new = function() return setmetatable({}, http_mt) end } end

-- resty.redis: any command by its name.
local redis = {}
function redis:set_timeout(ms) self.connect_timeout, self.read_timeout = ms, ms end
function redis:set_timeouts(connect, _, read) self.connect_timeout, self.read_timeout = connect, read end
function redis:connect(name, port, options)
  asleep()
  local params = { host = name, port = port or 6379, timeout = self.connect_timeout }
  for k, v in pairs(type(options) == "table" and options or {}) do params[k] = v end
  local handle, other = rt.wait(host("redis.connect", params))
  if not handle then return nil, other end
  self.handle, self.reused = handle, other
  return 1
end
function redis:get_reused_times() if not self.handle then return nil, "not initialized" end return self.reused end
function redis:set_keepalive(ttl, size)
  if not self.handle then return nil, "not initialized" end
  local handle = self.handle
  self.handle = nil
  return host("redis.keep", handle, ttl, size)
end
function redis:close()
  if not self.handle then return nil, "not initialized" end
  local handle = self.handle
  self.handle = nil
  return host("redis.close", handle)
end
local redis_mt = { __index = function(_, name)
  local known = redis[name]
  if known then return known end
  return function(self, ...)
    asleep()
    if not self.handle then return nil, "not initialized" end
    local words = { name }
    for i, word in ipairs({ ... }) do words[i + 1] = tostring(word) end
    return rt.wait(host("redis.command", self.handle, words, self.read_timeout))
  end
end }
preload["resty.redis"] = function() return { _VERSION = "0.29", null = ngx.null,
  new = function() return setmetatable({}, redis_mt) end } end
`;

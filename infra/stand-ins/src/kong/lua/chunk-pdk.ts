/** `kong`: Kong's plugin development kit, by its own contract (kong/pdk in Kong 3.9), over `ngx` and the host. */
export const pdkChunk = String.raw`
local rt = __rt
local host = rt.host
local lower, gsub, find = string.lower, string.gsub, string.find
local cjson = rt.cjson
local as_values = rt.as_values

local function first(v) if type(v) == "table" then return v[1] end return v end
local function need(v, kind, what) if type(v) ~= kind then error(what .. " must be a " .. kind, 3) end end
local function check_header(name, value)
  if type(name) ~= "string" then error("invalid header name " .. tostring(name) .. ": got " .. type(name) .. ", expected string", 3) end
  local kind = type(value)
  if kind ~= "string" and kind ~= "number" and kind ~= "boolean" and kind ~= "table" then
    error('invalid header value for "' .. name .. '": got ' .. kind .. ", expected string, number, boolean or array of strings", 3)
  end
end
local function check_headers(headers)
  for name, value in pairs(headers) do check_header(name, value) end
end
local function flat_headers(headers)
  local flat = {}
  for name, value in pairs(headers or {}) do
    flat[#flat + 1] = name
    flat[#flat + 1] = as_values(value)
  end
  return flat
end

kong = { version = "3.9.3", version_num = 3009003, pdk_major_version = 2, pdk_version = "2" }
kong.configuration = setmetatable({
  role = "traditional", database = "postgres", router_flavor = "traditional_compatible", trusted_ips = {}, untrusted_lua = "sandbox",
  client_body_buffer_size = "8k", error_default_type = "text/plain", nginx_worker_processes = "1", proxy_listen = {},
  prefix = "/usr/local/kong",
  lua_max_req_headers = 100, lua_max_uri_args = 100, lua_max_post_args = 100, lua_max_resp_headers = 100, log_level = "notice",
}, { __newindex = function() error("kong.configuration is read-only", 2) end })

-- Request
local request = {}
kong.request = request
request.get_scheme = function() return ngx.var.scheme end
request.get_host = function() return host("var", "host") end
request.get_port = function() return tonumber(host("var", "server_port")) end
-- No address is trusted by default, so what a client says about its own connection does not count.
request.get_forwarded_scheme = request.get_scheme
request.get_forwarded_host = request.get_host
request.get_forwarded_port = request.get_port
request.get_forwarded_path = function() return request.get_raw_path() end
request.get_forwarded_prefix = function() return host("prefix") end
request.get_http_version = function() return ngx.req.http_version() end
request.get_method = function() return host("request.method") end
request.get_raw_path = function() return host("request.path") end
request.get_path = function() return host("request.normalised") end
request.get_path_with_query = function() return host("request.target") end
request.get_raw_query = function() return host("upstream.query") or "" end
request.get_query = function(max) return ngx.req.get_uri_args(max) end
request.get_query_arg = function(name)
  need(name, "string", "query argument name")
  return first(request.get_query()[name])
end
request.get_headers = function() return ngx.req.get_headers() end
request.get_header = function(name)
  need(name, "string", "header name")
  local value = host("request.get", name)
  if value == nil and find(name, "_", 1, true) then value = host("request.get", gsub(name, "_", "-")) end
  return value
end
request.get_start_time = function() return host("request.start_ms") end
request.get_uri_captures = function()
  local captures = host("captures")
  local unnamed, named = {}, {}
  for k, v in pairs(captures or {}) do if type(k) == "number" then unnamed[k] = v else named[k] = v end end
  return { unnamed = unnamed, named = named }
end
-- Kong has a body in memory up to 8 KiB; a larger one is in a file, which is only read when the caller says how much.
request.get_raw_body = function(max_file)
  ngx.req.read_body()
  local body = host("body.get") or ""
  if #body <= 8192 then return body end
  if not max_file or max_file < 0 then
    return nil, "request body did not fit into client body buffer, consider raising 'client_body_buffer_size'"
  end
  if max_file > 0 and #body > max_file then return nil, ("request body file too big: %d > %d"):format(#body, max_file) end
  return body
end
request.get_body = function(mimetype, max_args, max_file)
  local content_type = mimetype or request.get_header("content-type")
  if not content_type then return nil, "missing content type" end
  local mime = gsub(lower(content_type), ";.*$", "")
  if mime == "application/x-www-form-urlencoded" then
    local body, problem = request.get_raw_body(max_file)
    if not body then return nil, problem, mime end
    return ngx.decode_args(body, max_args or 100), nil, mime
  elseif mime == "application/json" then
    local body, problem = request.get_raw_body(max_file)
    if not body then return nil, problem, mime end
    local ok, json = rt.pcall(cjson.decode, body)
    if not ok or type(json) ~= "table" then return nil, "invalid json body", mime end
    return json, nil, mime
  end
  return nil, "unsupported content type '" .. content_type .. "'", mime
end

-- What goes upstream
local service_request = {}
kong.service = { request = service_request, response = {} }
local function changing()
  local phase = ngx.get_phase()
  if phase ~= "access" and phase ~= "rewrite" then
    error("function cannot be called in " .. tostring(phase) .. " phase (only in: rewrite, access, balancer)", 3)
  end
end
service_request.enable_buffering = function() end
service_request.set_scheme = function(scheme)
  changing()
  if scheme ~= "http" and scheme ~= "https" then error("invalid scheme: " .. tostring(scheme), 2) end
  host("upstream.set", "scheme", scheme)
end
service_request.set_path = function(path)
  changing()
  need(path, "string", "path")
  if path:sub(1, 1) ~= "/" then error("path must start with /", 2) end
  host("upstream.set", "path", host("escape_path", path))
end
service_request.set_raw_query = function(query) changing() need(query, "string", "query") host("upstream.set", "query", query) end
service_request.set_query = function(args) changing() need(args, "table", "args") host("upstream.set", "query", ngx.encode_args(args)) end
service_request.clear_query_arg = function(name) changing() need(name, "string", "query argument name") host("query.clear", name) end
service_request.set_method = function(method) changing() need(method, "string", "method") host("upstream.set", "method", method) end
service_request.set_header = function(name, value)
  changing()
  check_header(name, value)
  if lower(name) == "host" then host("upstream.set", "host", tostring(first(value))) end
  host("request.set", name, as_values(value))
end
service_request.add_header = function(name, value)
  changing()
  check_header(name, value)
  if lower(name) == "host" then host("upstream.set", "host", tostring(first(value))) end
  host("request.add", name, as_values(value))
end
service_request.clear_header = function(name) changing() need(name, "string", "header") host("request.clear", name) end
service_request.set_headers = function(headers)
  changing()
  need(headers, "table", "headers")
  check_headers(headers)
  for name, value in pairs(headers) do service_request.set_header(name, value) end
end
service_request.set_raw_body = function(body)
  changing()
  need(body, "string", "body")
  ngx.req.read_body()
  host("body.set", body)
end
service_request.set_body = function(args, mime)
  changing()
  need(args, "table", "args")
  mime = mime or request.get_header("content-type") or ""
  local body
  if find(lower(mime), "application/json", 1, true) == 1 then body = cjson.encode(args)
  elseif find(lower(mime), "application/x-www-form-urlencoded", 1, true) == 1 then body = ngx.encode_args(args)
  else return nil, "unsupported content type " .. mime end
  service_request.set_raw_body(body)
  host("request.set", "Content-Type", mime)
  return true
end
kong.service.set_target = function(name, port) changing() host("upstream.set", "host_name", name) host("upstream.set", "port", port) end
kong.service.set_upstream = function(name) changing() host("upstream.set", "host_name", name) return true end
kong.service.response.get_status = function() return host("service.status") end
kong.service.response.get_headers = function() return ngx.resp.get_headers() end
kong.service.response.get_header = function(name) return first(ngx.resp.get_headers()[name]) end

-- The response
local response = {}
kong.response = response
response.get_status = function() return host("response.status") end
response.get_header = function(name) need(name, "string", "header name") return first(ngx.resp.get_headers()[name]) end
response.get_headers = function() return ngx.resp.get_headers() end
response.get_source = function() return host("response.source") end
local function sending()
  local phase = ngx.get_phase()
  if phase == "body_filter" or phase == "log" then error("headers have already been sent", 3) end
end
response.set_status = function(status) sending() need(status, "number", "code") host("response.set_status", status) end
response.set_header = function(name, value)
  sending()
  check_header(name, value)
  local plain = gsub(lower(name), "_", "-")
  if plain == "transfer-encoding" then return end
  host("response.set", name, as_values(value))
end
response.add_header = function(name, value) sending() check_header(name, value) host("response.add", name, as_values(value)) end
response.clear_header = function(name) sending() need(name, "string", "header name") host("response.clear", name) end
response.set_headers = function(headers)
  sending()
  check_headers(headers)
  for name, value in pairs(headers) do response.set_header(name, value) end
end
response.get_raw_body = function()
  local job = rt.current()
  local r = job.request
  if job.phase ~= "body_filter" then error("function cannot be called in " .. tostring(job.phase) .. " phase (only in: body_filter)", 2) end
  local chunk, eof = r.arg[1], r.arg[2]
  local buffers = r.buffers or {}
  r.buffers = buffers
  local key = job.plugin and job.plugin.id or 0
  local held = (buffers[key] or "") .. (chunk or "")
  if eof then
    buffers[key] = nil
    r.arg[1] = held
    return held
  end
  buffers[key] = held
  r.arg[1] = nil
  return nil
end
response.set_raw_body = function(body)
  local job = rt.current()
  if job.phase ~= "body_filter" then error("function cannot be called in " .. tostring(job.phase) .. " phase (only in: body_filter)", 2) end
  need(body, "string", "body")
  job.request.arg[1] = body
  job.request.arg[2] = true
end
response.exit = function(status, body, headers)
  sending()
  if type(status) ~= "number" then error("code must be a number", 2) end
  if status < 100 or status > 599 then error("code must be a number between 100 and 599", 2) end
  local kind = type(body)
  if body ~= nil and kind ~= "string" and kind ~= "table" then error("body must be a nil, string or table", 2) end
  if headers ~= nil and type(headers) ~= "table" then error("headers must be a nil or table", 2) end
  check_headers(headers or {})
  if kind == "table" then return rt.exit(status, "json", cjson.encode(body), flat_headers(headers)) end
  return rt.exit(status, body == nil and "empty" or "raw", body, flat_headers(headers))
end
response.error = function(status, message, headers)
  sending()
  if type(status) ~= "number" then error("code must be a number", 2) end
  if status < 400 or status > 599 then error("code must be a number between 400 and 599", 2) end
  if type(message) == "table" then message = cjson.encode(message) end
  if message ~= nil and type(message) ~= "string" then error("message must be a nil, a string or a table", 2) end
  check_headers(headers or {})
  return rt.exit(status, "error", message, flat_headers(headers))
end

-- Client, router, nodes
kong.client = {
  get_ip = function() return host("var", "remote_addr") end,
  get_forwarded_ip = function() return host("var", "remote_addr") end,
  get_port = function() return tonumber(host("var", "remote_port")) end,
  get_forwarded_port = function() return tonumber(host("var", "remote_port")) end,
  get_protocol = function() return ngx.var.scheme end,
  get_credential = function() return host("client.credential") end,
  get_consumer = function() return host("client.consumer") end,
  get_consumer_groups = function() return nil end,
  load_consumer = function(id, by_name) return host("client.load", tostring(id), by_name == true) end,
  authenticate = function(consumer, credential)
    if consumer ~= nil and type(consumer) ~= "table" then error("consumer must be a table or nil", 2) end
    if credential ~= nil and type(credential) ~= "table" then error("credential must be a table or nil", 2) end
    if credential == nil and consumer == nil then error("either credential or consumer must be provided", 2) end
    host("client.authenticate", consumer and consumer.id, credential)
  end,
}
kong.router = { get_route = function() return host("route") end, get_service = function() return host("service") end }
kong.node = {
  get_id = function() return host("node") end, get_hostname = function() return "localhost" end,
  get_memory_stats = function() return { workers_lua_vms = {}, lua_shared_dicts = {} } end,
}
kong.ip = { is_trusted = function() return false end }
kong.plugin = { get_id = function() local job = rt.current() return job and job.plugin and job.plugin.id end }
kong.table = {
  new = function() return {} end,
  clear = function(t) for k in pairs(t) do t[k] = nil end end,
  merge = function(a, b)
    local t = {}
    for k, v in pairs(a or {}) do t[k] = v end
    for k, v in pairs(b or {}) do t[k] = v end
    return t
  end,
}

-- kong.ctx
local shared_mt = { __index = function(_, key) return host("shared.get", key) end }
kong.ctx = setmetatable({}, { __index = function(_, name)
  local job = rt.current()
  if not (job and job.request) then error("no request found", 2) end
  if name == "shared" then
    local shared = job.request.shared
    if not shared then
      shared = setmetatable({}, shared_mt)
      job.request.shared = shared
    end
    return shared
  elseif name == "plugin" then
    local id = job.plugin and job.plugin.id or 0
    local own = job.request.plugins[id]
    if not own then
      own = {}
      job.request.plugins[id] = own
    end
    return own
  end
end })
rt.commands.shared = function(id, key)
  local r = rt.requests[id]
  return r and r.shared and rawget(r.shared, key)
end
`;

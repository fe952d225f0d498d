/** `ngx`: the part of ngx_lua that Kong plugins use, over the host. */
export const ngxChunk = String.raw`
local rt = __rt
local host = rt.host
local null = rt.null
local lower, gsub, concat = string.lower, string.gsub, table.concat
local floor = math.floor

local function request() local job = rt.current() return job and job.request end
local function dashed(name) return (gsub(lower(name), "_", "-")) end
-- The tables of header fields answer to any case, and to "_" for "-".
local headers_mt = { __index = function(t, name) if type(name) == "string" then return rawget(t, dashed(name)) end end }
rt.headers_mt = headers_mt

local function as_text(v)
  if v == nil then return nil end
  return tostring(v)
end
local function as_values(v)
  if type(v) ~= "table" then return as_text(v) end
  local list = {}
  for i = 1, #v do list[i] = tostring(v[i]) end
  return list
end
rt.as_values = as_values

ngx = {
  null = null, OK = 0, ERROR = -1, AGAIN = -2, DONE = -4, DECLINED = -5,
  STDERR = 0, EMERG = 1, ALERT = 2, CRIT = 3, ERR = 4, WARN = 5, NOTICE = 6, INFO = 7, DEBUG = 8,
  HTTP_GET = 2, HTTP_HEAD = 4, HTTP_POST = 8, HTTP_PUT = 16, HTTP_DELETE = 32, HTTP_OPTIONS = 512, HTTP_PATCH = 16384,
  HTTP_CONTINUE = 100, HTTP_SWITCHING_PROTOCOLS = 101, HTTP_OK = 200, HTTP_CREATED = 201, HTTP_ACCEPTED = 202, HTTP_NO_CONTENT = 204,
  HTTP_PARTIAL_CONTENT = 206, HTTP_SPECIAL_RESPONSE = 300, HTTP_MOVED_PERMANENTLY = 301, HTTP_MOVED_TEMPORARILY = 302, HTTP_SEE_OTHER = 303,
  HTTP_NOT_MODIFIED = 304, HTTP_TEMPORARY_REDIRECT = 307, HTTP_PERMANENT_REDIRECT = 308, HTTP_BAD_REQUEST = 400, HTTP_UNAUTHORIZED = 401,
  HTTP_PAYMENT_REQUIRED = 402, HTTP_FORBIDDEN = 403, HTTP_NOT_FOUND = 404, HTTP_NOT_ALLOWED = 405, HTTP_NOT_ACCEPTABLE = 406,
  HTTP_REQUEST_TIMEOUT = 408, HTTP_CONFLICT = 409, HTTP_GONE = 410, HTTP_UPGRADE_REQUIRED = 426, HTTP_TOO_MANY_REQUESTS = 429,
  HTTP_CLOSE = 444, HTTP_ILLEGAL = 451, HTTP_INTERNAL_SERVER_ERROR = 500, HTTP_NOT_IMPLEMENTED = 501, HTTP_METHOD_NOT_IMPLEMENTED = 501,
  HTTP_BAD_GATEWAY = 502, HTTP_SERVICE_UNAVAILABLE = 503, HTTP_GATEWAY_TIMEOUT = 504, HTTP_VERSION_NOT_SUPPORTED = 505,
  HTTP_INSUFFICIENT_STORAGE = 507,
  config = { subsystem = "http", debug = false, prefix = function() return "/usr/local/kong" end, ngx_lua_version = 10026,
    nginx_version = 1025003 },
  worker = { id = function() return 0 end, pid = function() return host("pid") end, count = function() return 1 end,
    exiting = function() return false end },
}

-- Time: the gateway's clock, which a test may set.
ngx.now = function() return host("clock") end
ngx.time = function() return floor(host("clock")) end
ngx.update_time = function() end
ngx.today = function() return host("os.date", "!%Y-%m-%d", ngx.time()) end
ngx.http_time = function(at) return host("os.date", "!%a, %d %b %Y %H:%M:%S GMT", at) end
ngx.cookie_time = function(at) return host("os.date", "!%a, %d-%b-%y %H:%M:%S GMT", at) end
ngx.utctime = function() return host("os.date", "!%Y-%m-%d %H:%M:%S", ngx.time()) end
ngx.localtime = function() return host("os.date", "%Y-%m-%d %H:%M:%S", ngx.time()) end
ngx.parse_http_time = function(text) return host("http_time", text) end

-- Text
ngx.encode_base64 = function(s, no_padding) return host("base64", tostring(s), no_padding == true) end
ngx.decode_base64 = function(s)
  if type(s) ~= "string" then error("string argument only", 2) end
  return host("unbase64", s)
end
ngx.escape_uri = function(s) return host("escape_uri", tostring(s)) end
ngx.unescape_uri = function(s) return host("unescape_uri", tostring(s)) end
ngx.encode_args = function(args)
  local out = {}
  local function put(k, v)
    k = host("escape_uri", tostring(k))
    if v == true then out[#out + 1] = k elseif v ~= false and v ~= nil then out[#out + 1] = k .. "=" .. host("escape_uri", tostring(v)) end
  end
  local keys = {}
  for k in pairs(args) do keys[#keys + 1] = k end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for _, k in ipairs(keys) do
    local v = args[k]
    if type(v) == "table" then for _, one in ipairs(v) do put(k, one) end else put(k, v) end
  end
  return concat(out, "&")
end
ngx.decode_args = function(text, max) return host("decode_args", tostring(text), max or 100) end
ngx.quote_sql_str = function(s) return "'" .. gsub(gsub(s, "\\", "\\\\"), "'", "\\'") .. "'" end
ngx.md5 = function(s) return (gsub(host("digest", "md5", tostring(s)), ".", function(c) return string.format("%02x", c:byte()) end)) end
ngx.md5_bin = function(s) return host("digest", "md5", tostring(s)) end
ngx.sha1_bin = function(s) return host("digest", "sha1", tostring(s)) end
ngx.hmac_sha1 = function(key, s) return host("hmac", "sha1", key, s) end
ngx.crc32_short = function(s) return host("crc32", s) end
ngx.crc32_long = ngx.crc32_short

-- Regular expressions: what PCRE and JavaScript write the same way. A pattern JavaScript does not know is an error, as a bad one is in
-- Kong.
local function captures(found)
  if not found then return nil end
  local m = {}
  for i = 0, found.n do m[i] = found[i] == nil and false or found[i] end
  for name, value in pairs(found.names) do m[name] = value end
  return m
end
local function exec(subject, pattern, options, from)
  local found, problem = host("re", tostring(subject), pattern, options or "", from or 1)
  if problem then return nil, problem end
  return found
end
ngx.re = {
  match = function(subject, pattern, options, ctx, res)
    local found, problem = exec(subject, pattern, options, ctx and ctx.pos)
    if not found then return nil, problem end
    if ctx then ctx.pos = found.to + 1 end
    local m = captures(found)
    if res then for k in pairs(res) do res[k] = nil end for k, v in pairs(m) do res[k] = v end return res end
    return m
  end,
  find = function(subject, pattern, options, ctx, nth)
    local found, problem = exec(subject, pattern, options, ctx and ctx.pos)
    if not found then return nil, nil, problem end
    if ctx then ctx.pos = found.to + 1 end
    if nth and nth > 0 then
      if found.starts[nth] == nil then return nil, nil end
      return found.starts[nth], found.starts[nth] + #found[nth] - 1
    end
    return found.from, found.to
  end,
  gmatch = function(subject, pattern, options)
    local pos, done = 1, false
    local found, problem = exec(subject, pattern, options, 1)
    if problem then return nil, problem end
    local first = true
    return function()
      if done then return nil end
      if not first then found = exec(subject, pattern, options, pos) end
      first = false
      if not found then done = true return nil end
      pos = found.to >= found.from and found.to + 1 or found.from + 1
      if pos > #subject + 1 then done = true end
      return captures(found)
    end
  end,
}
local function substitute(subject, pattern, replace, options, all)
  local out, pos, count = {}, 1, 0
  subject = tostring(subject)
  while pos <= #subject + 1 do
    local found, problem = exec(subject, pattern, options, pos)
    if problem then return nil, 0, problem end
    if not found then break end
    count = count + 1
    out[#out + 1] = subject:sub(pos, found.from - 1)
    local m = captures(found)
    if type(replace) == "function" then out[#out + 1] = tostring(replace(m) or "")
    else
      out[#out + 1] = (gsub(replace, "%$(%$?)({?)(%w*)(}?)", function(dollar, open, name, close)
        if dollar == "$" then return "$" .. open .. name .. close end
        local digits = name:match("^%d+") or (open == "" and "" or name)
        local value = m[tonumber(digits) or digits]
        return (value or "") .. (open == "" and name:sub(#digits + 1) .. close or "")
      end))
    end
    if found.to < found.from then
      out[#out + 1] = subject:sub(found.from, found.from)
      pos = found.from + 1
    else
      pos = found.to + 1
    end
    if not all then break end
  end
  out[#out + 1] = subject:sub(pos)
  return concat(out), count
end
ngx.re.sub = function(s, p, r, o) return substitute(s, p, r, o, false) end
ngx.re.gsub = function(s, p, r, o) return substitute(s, p, r, o, true) end
rt.preload["ngx.re"] = function()
  return {
    opt = function() end,
    split = function(subject, pattern, options)
      local out, pos = {}, 1
      while pos <= #subject do
        local found, problem = exec(subject, pattern, options, pos)
        if problem then return nil, problem end
        if not found or found.to < found.from then break end
        out[#out + 1] = subject:sub(pos, found.from - 1)
        pos = found.to + 1
      end
      out[#out + 1] = subject:sub(pos)
      return out
    end,
  }
end

-- The request
local function combined(flat)
  local t = setmetatable({}, headers_mt)
  for i = 1, #flat, 2 do
    local name, value = lower(flat[i]), flat[i + 1]
    local known = rawget(t, name)
    if known == nil then t[name] = value
    elseif type(known) == "table" then known[#known + 1] = value
    else t[name] = { known, value } end
  end
  return t
end
rt.combined = combined
local function read_body()
  if host("body.ready") then return end
  rt.wait(host("body.read"))
end
rt.read_body = read_body
ngx.req = {
  get_headers = function() return combined(host("request.headers")) end,
  get_method = function() return host("request.method") end,
  get_uri_args = function(max) return host("decode_args", host("upstream.query") or "", max or 100) end,
  read_body = read_body,
  discard_body = read_body,
  get_body_data = function()
    local body = host("body.get")
    if body == nil or body == "" or #body > 8192 then return nil end
    return body
  end,
  get_body_file = function() return nil end,
  get_post_args = function(max) return host("decode_args", host("body.get") or "", max or 100) end,
  set_header = function(name, value)
    if value == nil then host("request.clear", name) else host("request.set", name, as_values(value)) end
  end,
  clear_header = function(name) host("request.clear", name) end,
  set_method = function() error("set the method through kong.service.request.set_method", 2) end,
  set_uri = function(path) host("upstream.set", "path", path) end,
  set_uri_args = function(args) host("upstream.set", "query", type(args) == "table" and ngx.encode_args(args) or tostring(args)) end,
  set_body_data = function(body) host("body.set", body) end,
  http_version = function() return host("request.version") end,
  start_time = function() return host("request.start") end,
  is_internal = function() return false end,
  raw_header = function() return host("request.raw_header") end,
}
ngx.resp = {
  get_headers = function() return combined(host("response.headers")) end,
  add_header = function(name, value) host("response.add", name, as_values(value)) end,
}
ngx.header = setmetatable({}, {
  __index = function(_, name) return host("response.get", dashed(name)) end,
  __newindex = function(_, name, value)
    name = gsub(name, "_", "-")
    if value == nil then host("response.clear", name) else host("response.set", name, as_values(value)) end
  end,
})
ngx.var = setmetatable({}, {
  __index = function(_, name) return host("var", name) end,
  __newindex = function(_, name, value) host("var.set", name, as_text(value)) end,
})
-- Set once the phase has the piece of body; see the body_filter command.
ngx.arg = setmetatable({}, {
  __index = function(_, i) local job = rt.current() return job and job.request and job.request.arg and job.request.arg[i] end,
  __newindex = function(_, i, v)
    local job = rt.current()
    if not (job and job.request and job.request.arg) then error("no body to filter in this phase", 2) end
    job.request.arg[i] = v
  end,
})
setmetatable(ngx, {
  __index = function(_, name)
    if name == "ctx" then
      local r = request()
      if not r then error("no request found", 2) end
      return r.ctx
    elseif name == "status" then return host("response.status")
    elseif name == "headers_sent" then
      local job = rt.current()
      return job ~= nil and (job.phase == "body_filter" or job.phase == "log")
    end
  end,
  __newindex = function(t, name, value)
    if name == "status" then host("response.set_status", value)
    elseif name == "ctx" then request().ctx = value
    else rawset(t, name, value) end
  end,
})
ngx.get_phase = function() local job = rt.current() return job and job.phase or "init_worker" end

local function print_line(...)
  local job = rt.current()
  local out = job.out or {}
  job.out = out
  local function put(v) if type(v) == "table" then for _, one in ipairs(v) do put(one) end else out[#out + 1] = tostring(v) end end
  local parts = table.pack(...)
  for i = 1, parts.n do put(parts[i]) end
  return 1
end
ngx.print = print_line
ngx.say = function(...) print_line(...) return print_line("\n") end
ngx.flush = function() return 1 end
ngx.eof = function() return 1 end
ngx.exit = function(status)
  local job = rt.current()
  if job and job.out then return rt.exit(status >= 200 and status or 200, "raw", concat(job.out), {}) end
  if status >= 200 then return rt.exit(status, "nginx", nil, {}) end
  return rt.exit(0, "stop", nil, {})
end
ngx.redirect = function(uri, status) return rt.exit(status or 302, "raw", "", { "Location", uri }) end
ngx.send_headers = function() end
ngx.exec = function() error("ngx.exec is not there in the embedded gateway", 2) end

local levels = { [0] = "emerg", "emerg", "alert", "crit", "err", "warn", "notice", "info", "debug" }
ngx.log = function(level, ...)
  local parts = table.pack(...)
  for i = 1, parts.n do parts[i] = tostring(parts[i]) end
  host("log", levels[level] or "err", concat(parts))
end
`;

--- The part of Kong's PDK that the plugins use, on the ngx_lua of a plain nginx: nothing between them and it but these lines. Written by Kong's
-- documentation (docs.konghq.com/gateway/latest/plugin-development/pdk) and by what a genuine Kong answered to the plugins' tests.

local cjson = require "cjson.safe"
local paths = require "support.path"

local function raw_path() return (string.gsub(ngx.var.request_uri, "%?.*$", "")) end

local function body(most)
  ngx.req.read_body()
  local data = ngx.req.get_body_data()
  if data then return data end
  local name = ngx.req.get_body_file()
  if not name then return "" end
  local file = assert(io.open(name, "rb"))
  data = file:read("*a")
  file:close()
  if #data > (most or math.huge) then return nil, "request body file too big" end
  return data
end

local function logger(level)
  return function(...) ngx.log(level, ...) end
end

--- In this one worker.
local cache = require("support.cache").new(function() return ngx.now() end)

local function exit(status, answer, headers)
  ngx.status = status
  for name, value in pairs(headers or {}) do ngx.header[name] = value end
  ngx.header["Content-Type"] = "application/json; charset=utf-8"
  ngx.print(cjson.encode(answer))
  ngx.exit(status)
end

return {
  request = {
    get_method = ngx.req.get_method,
    get_scheme = function() return ngx.var.scheme end,
    -- No address is trusted here: what is forwarded is the client's own word.
    get_forwarded_scheme = function() return ngx.var.scheme end,
    get_forwarded_host = function() return ngx.var.host end,
    get_raw_query = function() return ngx.var.args or "" end,
    get_raw_path = raw_path,
    get_path = function() return paths.normalised(raw_path()) end,
    get_headers = ngx.req.get_headers,
    get_raw_body = body,
  },
  service = { request = { set_header = ngx.req.set_header, clear_header = ngx.req.clear_header } },
  response = {
    exit = exit,
    get_status = function() return ngx.status end,
    get_source = function() return ngx.var.upstream_status and "service" or "exit" end,
    get_headers = ngx.resp.get_headers,
    set_header = function(name, value) ngx.header[name] = value end,
    clear_header = function(name) ngx.header[name] = nil end,
  },
  client = {
    get_credential = function() return nil end,
    get_consumer = function() return nil end,
    get_forwarded_ip = function() return ngx.var.remote_addr end,
  },
  ctx = setmetatable({}, { __index = function(_, name)
    assert(name == "shared", "only kong.ctx.shared is there")
    ngx.ctx.shared = ngx.ctx.shared or {}
    return ngx.ctx.shared
  end }),
  log = { debug = logger(ngx.DEBUG), info = logger(ngx.INFO), notice = logger(ngx.NOTICE), warn = logger(ngx.WARN), err = logger(ngx.ERR) },
  cache = cache,
}

--- One request to a service that decides about requests: bounded in time and in size, on a kept-alive connection.

local resty_http = require "resty.http"

local match = string.match

local http = {}

local chunk = 8192

--- { scheme, host, port, prefix } of an http(s) URL without credentials, query or fragment; nil for anything else.
function http.parse(url)
  local scheme, authority, prefix = match(url, "^(https?)://([^/?#@%s]+)(/?[^?#%s]*)$")
  if not scheme then return nil end
  local host, port = match(authority, "^(%[[%x:.]+%]):?(%d*)$")
  if not host then host, port = match(authority, "^([^:]+):?(%d*)$") end
  if not host then return nil end
  return {
    scheme = scheme, host = host, port = tonumber(port) or (scheme == "https" and 443 or 80), prefix = (match(prefix, "^(.-)/*$")),
  }
end

local function read_body(response, most, deadline)
  local parts, size = {}, 0
  while true do
    local part, err = response.body_reader(chunk)
    if err then return nil, err end
    if not part then return table.concat(parts) end
    size = size + #part
    if size > most then return nil, "the answer is too long" end
    if ngx.now() > deadline then return nil, "the answer takes too long" end
    parts[#parts + 1] = part
  end
end

--- One attempt. Returns { status, headers, body }; or nil, the error, and whether the connection was an old one that may have been closed meanwhile.
local function attempt(target, request, deadline, fresh)
  local client, err = resty_http.new()
  if not client then return nil, err, false end
  client:set_timeouts(request.timeout_ms, request.timeout_ms, request.timeout_ms)
  local connected
  connected, err = client:connect({
    scheme = target.scheme, host = target.host, port = target.port, ssl_verify = request.ssl_verify ~= false, ssl_server_name = target.host,
    -- A pool of its own, from which no connection is ever kept: what comes out of it is new.
    pool = fresh and "authctl-fresh:" .. target.scheme .. "://" .. target.host .. ":" .. string.format("%d", target.port) or nil,
  })
  if not connected then return nil, err, false end
  local reused = not fresh and client:get_reused_times() > 0
  local response
  response, err = client:request({ method = request.method, path = request.path, headers = request.headers, body = request.body })
  if not response then
    client:close()
    return nil, err, reused and err ~= "timeout"
  end
  local body
  body, err = read_body(response, request.most, deadline)
  if not body then
    client:close()
    return nil, err, false
  end
  if fresh then client:close() else client:set_keepalive(60000, 64) end
  return { status = response.status, headers = response.headers, body = body }
end

--- Sends `request` { url, path, headers, body, timeout_ms, most (bytes of the answer), ssl_verify } and returns { status, headers, body }, or nil and
-- the error. `path` is appended to the path of `url`. A kept connection that the server has closed is replaced once, and the request sent again; `once`
-- is for a request that must not be sent twice: it goes over a new connection, and only there.
local function send(method, request)
  local target = http.parse(request.url)
  if not target then return nil, "not an http(s) URL" end
  local sent = {}
  for name, value in pairs(request) do sent[name] = value end
  sent.method = method
  sent.path = target.prefix .. request.path
  local deadline = ngx.now() + request.timeout_ms / 1000
  local response, err, stale = attempt(target, sent, deadline, request.once == true)
  if not response and stale and ngx.now() < deadline then response, err = attempt(target, sent, deadline, true) end
  if not response then return nil, tostring(err) end
  return response
end

function http.get(request) return send("GET", request) end
function http.post(request) return send("POST", request) end

return http

--- Of lua-resty-http what the plugins use, on ngx_lua's own sockets: Kong brings the library, Debian does not.

local http = {}
http.__index = http

function http.new()
  local socket, err = ngx.socket.tcp()
  if not socket then return nil, err end
  return setmetatable({ socket = socket }, http)
end

function http:set_timeouts(...) self.socket:settimeouts(...) end

function http:connect(options)
  self.host, self.port = options.host, options.port
  local connected, err = self.socket:connect(options.host, options.port, { pool = options.pool })
  if not connected then return nil, err end
  if options.scheme == "https" then return self.socket:sslhandshake(nil, options.ssl_server_name, options.ssl_verify) end
  return true
end

function http:get_reused_times() return self.socket:getreusedtimes() end
function http:close() return self.socket:close() end

function http:set_keepalive(...)
  if self.closes then return self.socket:close() end
  return self.socket:setkeepalive(...)
end

local function read_headers(socket)
  local headers = setmetatable({}, { __index = function(known, name) return rawget(known, string.lower(name)) end })
  while true do
    local line, err = socket:receive("*l")
    if not line then return nil, err end
    if line == "" then return headers end
    local name, value = string.match(line, "^([^:]+):%s*(.-)%s*$")
    if name then headers[string.lower(name)] = value end
  end
end

--- Reads what is left of `length` bytes, in pieces.
local function sized(socket, length)
  return function(most)
    if length == 0 then return nil end
    local part, err = socket:receive(math.min(most, length))
    if not part then return nil, err end
    length = length - #part
    return part
  end
end

local function chunked(socket)
  local ended = false
  return function()
    if ended then return nil end
    local line, err = socket:receive("*l")
    local size = line and tonumber(string.match(line, "^%x+") or "", 16)
    if not size then return nil, err or "no size of a chunk" end
    local part = size > 0 and socket:receive(size) or ""
    if not part or not socket:receive("*l") then return nil, "closed" end
    ended = size == 0
    if ended then return nil end
    return part
  end
end

local function to_the_end(socket)
  local ended = false
  return function(most)
    if ended then return nil end
    local part, err, rest = socket:receive(most)
    if part then return part end
    ended = true
    if err ~= "closed" then return nil, err end
    return rest ~= "" and rest or nil
  end
end

function http:request(asked)
  local lines = { string.format("%s %s HTTP/1.1", asked.method, asked.path), "Host: " .. self.host .. ":" .. string.format("%d", self.port) }
  for name, value in pairs(asked.headers or {}) do lines[#lines + 1] = name .. ": " .. value end
  if asked.body then lines[#lines + 1] = "Content-Length: " .. #asked.body end
  local sent, err = self.socket:send(table.concat(lines, "\r\n") .. "\r\n\r\n" .. (asked.body or ""))
  if not sent then return nil, err end
  local line
  line, err = self.socket:receive("*l")
  if not line then return nil, err end
  local status = tonumber(string.match(line, "^HTTP/1%.%d (%d%d%d)"))
  if not status then return nil, "no status line" end
  local headers
  headers, err = read_headers(self.socket)
  if not headers then return nil, err end
  local length = tonumber(headers["content-length"])
  local reader
  if status == 204 or status == 304 then
    reader = sized(self.socket, 0)
  elseif headers["transfer-encoding"] then
    reader = chunked(self.socket)
  elseif length then
    reader = sized(self.socket, length)
  else
    self.closes, reader = true, to_the_end(self.socket)
  end
  if headers.connection == "close" then self.closes = true end
  return { status = status, headers = headers, body_reader = reader }
end

return http

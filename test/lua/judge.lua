--- Judges hostile requests one after the other, for a test that makes them: reads a request from standard input, sends it through the plugins as
-- Kong would, and writes what became of it as one line of JSON.
-- A request: a line of lengths in bytes, then the fields in that order, joined: chain, method, query, body, a token whose signature holds, and
-- name and value of each header line. The chain "trust" says instead that the signature of the fifth field holds from now on.

package.path = (os.getenv("AUTHCTL_LUA_DIR") or ".") .. "/?.lua;" .. package.path

local host = require "support.host"
local fake_http = require "support.fake_http"
local fake_pkey = require "support.fake_pkey"
local tokens = require "support.tokens"
local cjson = require "cjson.safe"
local ffi = require "ffi"

ffi.cdef "struct timespec { long seconds; long nanoseconds; }; int clock_gettime(int clock, struct timespec *time);"
local time = ffi.new("struct timespec")

--- Nanoseconds of processor time that this process has used: what other processes do does not count.
local function spent()
  ffi.C.clock_gettime(2, time)
  return tonumber(time.seconds) * 1e9 + tonumber(time.nanoseconds)
end

local trusted = {}
local signature_holds = setmetatable({}, { __index = trusted })

--- Kong's jwt with one credential. Its key id is the test's business, too.
local function jwt(request)
  if tokens.jwt(request, signature_holds) and request.credential.key == "k1" then return nil end
  return { status = 401, headers = { ["WWW-Authenticate"] = "Bearer" } }
end

local function plugin(name, given)
  local config = host.config(name, given)
  return function(request) return host.access(name, config, request) end
end

local scope = plugin("authctl-scope-guard", { scopes = { "orders:read" }, identity_headers = true })
local chains = {
  jwt = {
    plugin("authctl-token-guard", { issuer = tokens.issuer, audience = tokens.audience, cookie = "c", relay = "header",
      allowed_origins = { "https://app.example" } }),
    jwt, scope,
  },
  followed = {
    plugin("authctl-token-guard", { issuer = tokens.issuer, audience = tokens.audience, cookie = "c", relay = "header",
      allowed_origins = { "https://app.example" }, keys = "followed", jwks_url = "https://id.example/certs" }),
    scope,
  },
  phantom = {
    plugin("authctl-phantom-token", { introspection_url = "https://id.example/introspect", client_id = "gateway", client_secret = "s3cret",
      issuer = tokens.issuer, audience = tokens.audience, cookie = "c", by_value = "introspect", max_failures_per_minute = 0,
      allowed_origins = { "https://app.example" } }),
    plugin("authctl-token-guard", { issuer = tokens.issuer, audience = tokens.audience, relay = "header" }),
    jwt, scope,
  },
  public = { plugin("authctl-token-guard", { public = true, cookie = "c" }) },
}

local opaque = os.getenv("AUTHCTL_OPAQUE_TOKEN")

--- The issuer knows one opaque token, and every JWT that it has signed.
fake_http.reset()
function fake_http.server(asked)
  if asked.connecting then return nil end
  if asked.path == "/certs" then
    local modulus = host.base64url("\255" .. string.rep("m", 254) .. "\1")
    return { body = cjson.encode({ keys = { { kid = "k1", kty = "RSA", use = "sig", alg = "RS256", n = modulus, e = "AQAB" } } }) }
  end
  local sent = string.match(asked.body, "^token=([%w%%._~-]*)&token_type_hint=access_token$")
  if not sent then return { status = 400, body = "{}" } end
  local token = string.gsub(sent, "%%(%x%x)", function(digits) return string.char(tonumber(digits, 16)) end)
  local behind = token == opaque and trusted.first or (signature_holds[token] and token)
  if not behind then return { body = '{"active":false}' } end
  return { body = cjson.encode({ active = true, exp = host.now + 60, iss = tokens.issuer, aud = tokens.audience, jwt = behind }) }
end

--- The text of a token and its signature make the token again.
fake_pkey.holds = function(asked)
  return signature_holds[asked.signed .. "." .. host.base64url(asked.signature)] == true
end

local function run(chain, request)
  for _, step in ipairs(chain) do
    local answer = step(request)
    if answer then return answer end
  end
  return nil
end

local function lines_of(headers)
  local lines = {}
  for name, value in pairs(headers) do
    for _, item in ipairs(type(value) == "table" and value or { value }) do lines[#lines + 1] = { name, item } end
  end
  return lines
end

local function judge(fields)
  local headers = {}
  for at = 6, #fields, 2 do
    local name, value = fields[at], fields[at + 1]
    local before = headers[name]
    if before == nil then headers[name] = value elseif type(before) == "table" then before[#before + 1] = value else headers[name] = { before, value } end
  end
  local request = host.request({ method = fields[2], query = fields[3], body = fields[4], headers = headers })
  rawset(signature_holds, fields[5], true)
  -- What is kept of one request must not answer for the next, and no pause of the collector is any request's own.
  host.clear_cache()
  fake_http.calls, fake_pkey.asked = {}, {}
  collectgarbage("stop")
  local before = spent()
  local ok, answer = pcall(run, chains[fields[1]], request)
  local nanoseconds = spent() - before
  collectgarbage("restart")
  rawset(signature_holds, fields[5], nil)
  host.take_log()
  if not ok then return { crash = tostring(answer) } end
  if answer then return { status = answer.status, nanoseconds = nanoseconds } end
  return { status = 200, nanoseconds = nanoseconds, upstream = lines_of(request.headers) }
end

io.stdout:setvbuf("full")
while true do
  local line = io.read("*l")
  if not line then break end
  local fields = {}
  for length in string.gmatch(line, "%d+") do fields[#fields + 1] = length == "0" and "" or io.read(tonumber(length)) end
  if fields[1] == "trust" then
    trusted.first = trusted.first or fields[5]
    trusted[fields[5]] = true
  else
    io.write(cjson.encode(judge(fields)), "\n")
    io.flush()
  end
end

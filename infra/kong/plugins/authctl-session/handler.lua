--- authctl-session: changes the session cookie of a browser into the JWT that the session service keeps for it, on every request.
-- The JWT then goes through authctl-token-guard, jwt and authctl-scope-guard like any other: what the service says is verified, not believed.

local cookies = require "kong.plugins.authctl-token-guard.cookies"
local origin = require "kong.plugins.authctl-token-guard.origin"
local parameters = require "kong.plugins.authctl-token-guard.parameters"
local question = require "kong.plugins.authctl-session.question"
local refusal = require "kong.plugins.authctl-token-guard.refusal"
local request = require "kong.plugins.authctl-token-guard.request"
local response = require "kong.plugins.authctl-token-guard.response"

--- Before authctl-token-guard (1455), so that the guard judges the JWT.
local Session = { PRIORITY = 1457, VERSION = "0.1.0" }

--- The cookie's value; or nil and a refusal. It may hold what RFC 6265 section 4.1.1 lets a cookie hold, and no quotes around it.
local function session_of(conf, read)
  local values = cookies.values(read.headers.cookie, conf.cookie)
  if #values > 1 then return nil, refusal.invalid_request("two cookies of that name") end
  local value = values[1]
  if not value or value == "" then return nil, refusal.missing("no session cookie") end
  if #value > conf.max_cookie_size or string.find(value, '[%c%s",;\\\127-\255]') then
    return nil, refusal.missing("that is no session cookie")
  end
  return value
end

local function judge(conf, read)
  if conf.refuse_query_tokens and parameters.holds(read.query, conf.query_token_names) then
    return refusal.invalid_request("a token in the query")
  end
  local value, refused = session_of(conf, read)
  if refused then return refused end
  local cross_site = origin.judge(conf, read)
  if cross_site then return refusal.forbidden("cross-site: " .. cross_site) end

  local result = question.ask(conf, value)
  if result.failed then return refusal.unavailable(result.failed, "1") end
  if not result.jwt then return refusal.missing(result.why) end
  request.drop_cookie(read, conf.cookie)
  kong.service.request.set_header("Authorization", "Bearer " .. result.jwt)
  kong.ctx.shared.authctl_session = result.jwt
  return nil
end

--- Where a browser goes that navigates to a page without a session; nil for scripts, and for everything that could change something.
local function sign_in(conf, read)
  if not conf.sign_in_path or read.method ~= "GET" or read.headers.authorization then return nil end
  local mode, accept = read.headers["sec-fetch-mode"], read.headers.accept
  if mode and mode[1] ~= "navigate" then return nil end
  if not accept or not string.find(accept[1], "text/html", 1, true) then return nil end
  local here = kong.request.get_path() .. (read.query ~= "" and "?" .. read.query or "")
  return conf.sign_in_path .. "?" .. conf.return_parameter .. "=" .. parameters.encode(here)
end

local function guard(conf, read)
  if not read or not request.strip_identity(read, conf.strip_headers) then
    return refusal.too_large(431, "Request header fields too large", "too many headers")
  end
  -- A token that the client sent counts for nothing here, beside a session or without one.
  kong.service.request.clear_header("Authorization")
  return judge(conf, read)
end

function Session:access(conf)
  local read = request.read()
  local refused = guard(conf, read)
  if not refused then return nil end
  kong.log[refused.status == 503 and "err" or "info"]("refused: ", refused.reason)
  local target = refused.status == 401 and sign_in(conf, read)
  if target then return kong.response.exit(302, nil, { ["Location"] = target, ["Cache-Control"] = "no-store" }) end
  return kong.response.exit(refused.status, refused.body, refused.headers)
end

function Session:header_filter()
  response.withhold(kong.ctx.shared.authctl_session)
end

return Session

--- authctl-token-cookie: puts the verified token of a request into a cookie that no script can read, and takes it away again.

local cookie = require "kong.plugins.authctl-token-cookie.cookie"
local origin = require "kong.plugins.authctl-token-guard.origin"
local refusal = require "kong.plugins.authctl-token-guard.refusal"
local request = require "kong.plugins.authctl-token-guard.request"
local verified = require "kong.plugins.authctl-token-guard.verified"

--- After everything that may refuse the token: guards (1455, 1445), jwt (1450), acl (950), a policy (920), rate limiting (910).
local TokenCookie = { PRIORITY = 785, VERSION = "0.1.0" }

--- The cookie with the token of this request; second result: a refusal.
local function made_of_token(conf)
  local token = verified.token()
  if not token then return nil, refusal.invalid_token("no verified token") end
  -- Who was let in by a cookie has one; what a page wants to keep it must have got from the issuer itself.
  if token.source ~= "header" then return nil, refusal.invalid_request("the token is not in the Authorization header") end
  local seconds = math.floor(token.claims.exp - ngx.now())
  if seconds < 1 then return nil, refusal.invalid_token("the token is at its end") end
  if not cookie.fits(conf.cookie, token.raw) then
    return nil, refusal.too_large(431, "Request header fields too large", "the token does not fit into a cookie")
  end
  return cookie.line(conf, token.raw, seconds)
end

local function serve(conf)
  local method = kong.request.get_method()
  if method ~= "POST" and method ~= "DELETE" then
    local refused = refusal.too_large(405, "Method not allowed", "neither POST nor DELETE")
    refused.headers.Allow = "DELETE, POST"
    return refused
  end
  local read = request.read()
  if not read then return refusal.too_large(431, "Request header fields too large", "too many headers") end
  local reason = origin.judge(conf, read)
  if reason then return refusal.forbidden(reason) end
  local line, refused
  if method == "DELETE" then line = cookie.line(conf, "", 0) else line, refused = made_of_token(conf) end
  if not line then return refused end
  return { status = 204, headers = { ["Set-Cookie"] = line, ["Cache-Control"] = "no-store" } }
end

function TokenCookie:access(conf)
  local answer = serve(conf)
  if answer.reason then kong.log.info("refused: ", answer.reason) end
  return kong.response.exit(answer.status, answer.body, answer.headers)
end

return TokenCookie

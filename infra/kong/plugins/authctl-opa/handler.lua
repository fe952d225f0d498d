--- authctl-opa: asks an Open Policy Agent whether the request may pass. No clear yes means no.

local answer = require "kong.plugins.authctl-opa.answer"
local http = require "kong.plugins.authctl-token-guard.http"
local input = require "kong.plugins.authctl-opa.input"
local refusal = require "kong.plugins.authctl-token-guard.refusal"
local verified = require "kong.plugins.authctl-token-guard.verified"

--- After authentication (jwt 1450, scope guard 1445, acl 950), before rate limiting (910) and whatever changes the request.
local Opa = { PRIORITY = 920, VERSION = "0.1.0" }

local retry_after = "1"

local function ask(conf, body)
  local headers = { ["Content-Type"] = "application/json", ["Accept"] = "application/json" }
  if type(conf.token) == "string" then headers.Authorization = "Bearer " .. conf.token end
  return http.post({
    url = conf.url, path = "/v1/data/" .. conf.decision, headers = headers, body = body,
    timeout_ms = conf.timeout_ms, most = conf.max_response_size, ssl_verify = conf.ssl_verify,
    once = not conf.retry,
  })
end

local function judge(conf)
  local token = verified.token()
  -- A policy reads roles and names as those of the one issuer, and nothing in its question says of whom they are.
  if token and verified.is_further(token) then return refusal.forbidden("the policy knows nothing of this issuer") end
  local body, mismatch = input.build(conf, token)
  if not body then return refusal.forbidden(mismatch) end
  local response, err = ask(conf, body)
  if not response then return refusal.unavailable("no answer: " .. err, retry_after) end
  local decision, unusable = answer.read(response, conf.answer)
  if not decision then return refusal.unavailable(unusable, retry_after) end
  if not decision.allow then return refusal.forbidden(decision.why) end
  if conf.decision_id_header and decision.id then kong.service.request.set_header("X-Decision-Id", decision.id) end
  return nil
end

function Opa:access(conf)
  local refused = judge(conf)
  if refused then
    kong.log[refused.status == 503 and "err" or "info"]("refused: ", refused.reason)
    return kong.response.exit(refused.status, refused.body, refused.headers)
  end
end

return Opa

--- How a person signed in: strongly enough (`acr`) and not too long ago (`auth_time`; OpenID Connect Core, section 2), or they are asked to sign in
-- again (RFC 9470). Everything here is decided from arguments alone.

local claims_check = require "kong.plugins.authctl-token-guard.claims"
local lists = require "kong.plugins.authctl-token-guard.lists"

local step_up = {}

--- What of verified claims does not do, `acr` or `auth_time`, or nil. `now` in seconds. A token that does not say how or when, or not in the form
-- that it must have, says nothing good; so does a time in the future, beyond the leeway.
function step_up.lacking(conf, claims, now)
  local asked = type(conf.acr) == "table" and #conf.acr > 0
  if asked and not (type(claims.acr) == "string" and lists.contains(conf.acr, claims.acr)) then return "acr" end
  if type(conf.max_age) ~= "number" then return nil end
  local at = claims.auth_time
  local good = claims_check.is_instant(at) and at <= now + conf.leeway and now - at <= conf.max_age + conf.leeway
  return not good and "auth_time" or nil
end

return step_up

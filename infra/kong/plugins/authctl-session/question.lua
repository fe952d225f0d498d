--- Asks the session service whose session a cookie names. Nothing is kept: an answer that is a moment old would outlive a logout.

local http = require "kong.plugins.authctl-token-guard.http"

local find, lower, match = string.find, string.lower, string.match

local question = {}

--- The token in a header of the answer: `Bearer <token>`, or the token alone.
local function token_in(headers, name)
  local found
  for key, value in pairs(headers) do
    if lower(key) == lower(name) then found = value end
  end
  if type(found) ~= "string" then return nil end
  local scheme, rest = match(found, "^([^ ]+) +([^ ]+)$")
  local token = found
  if scheme then token = lower(scheme) == "bearer" and rest or "" end
  return find(token, "^[%w_-]+%.[%w_-]+%.[%w_-]+$") and token or nil
end

--- { jwt } for a live session, { why } for none, { failed } when the service gave no usable answer. `value` is the cookie's.
function question.ask(conf, value)
  if conf.allow_plain_http ~= true and not match(conf.session_url, "^https://") then
    return { failed = "the session service is not https" }
  end
  local response, err = http.get({
    url = conf.session_url, path = "", timeout_ms = conf.timeout_ms, most = conf.max_response_size, ssl_verify = conf.ssl_verify,
    headers = { Cookie = conf.cookie .. "=" .. value, Accept = "application/json" },
  })
  if not response then return { failed = "session service: " .. err } end
  if response.status == 401 or response.status == 403 then return { why = "no session" } end
  -- 202 is what oauth2-proxy says for yes, 204 what Apache says without a page.
  if response.status ~= 200 and response.status ~= 202 and response.status ~= 204 then
    return { failed = string.format("session service answered %d", response.status) }
  end
  local jwt = token_in(response.headers, conf.token_header)
  if not jwt then return { failed = "session service sent no JWT in " .. conf.token_header } end
  return { jwt = jwt }
end

return question

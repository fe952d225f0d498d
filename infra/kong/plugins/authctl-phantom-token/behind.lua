--- How the JWT behind a token is obtained: by token exchange where the issuer offers it, else in the answer of its introspection. Which one it is, is the
-- issuer's to say; nothing about a token chooses between them but its form.

local introspection = require "kong.plugins.authctl-phantom-token.introspection"
local token_exchange = require "kong.plugins.authctl-phantom-token.token_exchange"

local behind = {}

--- For how many seconds an issuer is not asked for an exchange again that it does not offer. Per worker.
local remembered = 60

local not_offered_at = {}

--- Asks for an exchange, unless the issuer said just now that it makes none; { not_offered } then.
local function by_exchange(conf, token, now)
  local asked = conf.exchange_url .. "\n" .. conf.client_id
  local since = not_offered_at[asked]
  if since and now >= since and now - since < remembered then return { not_offered = "token exchange is not offered" } end
  local result = token_exchange.ask(conf, token, now)
  if result.not_offered then not_offered_at[asked] = now end
  return result
end

--- { jwt, exp } for an active token that is meant for here; { why } for any other; { failed } when the issuer gave no usable answer.
function behind.ask(conf, token, now)
  if conf.obtain == "introspection" then return introspection.ask(conf, token, now) end
  if conf.obtain == "exchange" then
    local result = token_exchange.ask(conf, token, now)
    return result.not_offered and { failed = result.not_offered } or result
  end
  -- A text that says nothing of itself has no scope by which an exchange could be bounded.
  if not string.find(token, ".", 1, true) then return introspection.ask(conf, token, now) end
  local exchanged = by_exchange(conf, token, now)
  if not exchanged.not_offered then return exchanged end
  local result = introspection.ask(conf, token, now)
  return result.failed and { failed = result.failed .. "; " .. exchanged.not_offered } or result
end

return behind

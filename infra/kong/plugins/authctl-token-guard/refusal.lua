--- Answers that refuse a request: { status, body, headers, reason }. The reason is for the log; the client learns what RFC 6750 section 3.1 names
-- and nothing about which check failed. A handler sends one by `kong.response.exit` at its own top level.

local refusal = {}

local function answer(status, message, reason, challenge)
  return {
    status = status,
    body = { message = message },
    headers = { ["Cache-Control"] = "no-store", ["WWW-Authenticate"] = challenge },
    reason = reason,
  }
end

--- No credentials at all: a challenge without an error (RFC 6750, section 3.1, last paragraph).
function refusal.missing(reason)
  return answer(401, "Unauthorized", reason or "no token", "Bearer")
end

function refusal.invalid_token(reason)
  return answer(401, "Unauthorized", reason, 'Bearer error="invalid_token", error_description="The access token is not acceptable here"')
end

--- Tokens are bound here, and nothing good proves that the sender holds the key of this one (RFC 9449, section 7.1).
function refusal.invalid_proof(reason)
  return answer(401, "Unauthorized", "proof: " .. reason, 'DPoP error="invalid_dpop_proof", error_description="The proof is not acceptable here"')
end

--- The proof is good but for a nonce, which the header DPoP-Nonce tells (RFC 9449, section 9).
function refusal.asks_nonce()
  return answer(401, "Unauthorized", "proof: nonce", 'DPoP error="use_dpop_nonce", error_description="The proof must hold the nonce of DPoP-Nonce"')
end

--- The same refusal where tokens are bound: its challenge names that scheme, and the algorithms of proofs (RFC 9449, section 7.1).
function refusal.bound(refused, algorithms)
  local challenge = refused.headers["WWW-Authenticate"]
  if not challenge then return refused end
  local scheme, rest = string.match(challenge, "^(%a+) ?(.*)$")
  if scheme ~= "Bearer" and scheme ~= "DPoP" then return refused end
  local offered = 'algs="' .. table.concat(algorithms, " ") .. '"'
  refused.headers["WWW-Authenticate"] = "DPoP " .. (rest == "" and offered or rest .. ", " .. offered)
  return refused
end

--- More than one way of sending a token, or a request that cannot be judged.
function refusal.invalid_request(reason)
  return answer(400, "Bad request", reason, 'Bearer error="invalid_request", error_description="Send one access token, in one place"')
end

--- The gateway cannot be sure what the upstream would take the request for.
function refusal.ambiguous(reason)
  return answer(400, "Bad request", reason)
end

--- The sign-in is weaker or longer ago than the route asks for (RFC 9470, section 3). `demand`: { acr, max_age }, both named whichever is lacking, since
-- a new sign-in must hold both.
function refusal.weak_authentication(demand, reason)
  local description = reason == "acr" and "A stronger sign-in is needed" or "A more recent sign-in is needed"
  local challenge = 'Bearer error="insufficient_user_authentication", error_description="' .. description .. '"'
  if type(demand.acr) == "table" and #demand.acr > 0 then challenge = challenge .. ', acr_values="' .. table.concat(demand.acr, " ") .. '"' end
  if type(demand.max_age) == "number" then challenge = challenge .. string.format(', max_age="%d"', demand.max_age) end
  return answer(401, "Unauthorized", reason, challenge)
end

--- `scopes`: what the route needs; an empty list when it is a role that is missing.
function refusal.insufficient_scope(scopes, reason)
  local challenge = 'Bearer error="insufficient_scope"'
  if #scopes > 0 then challenge = challenge .. ', scope="' .. table.concat(scopes, " ") .. '"' end
  return answer(403, "Forbidden", reason, challenge)
end

function refusal.forbidden(reason)
  return answer(403, "Forbidden", reason)
end

function refusal.too_large(status, message, reason)
  return answer(status, message, reason)
end

function refusal.too_many(reason, seconds)
  local made = answer(429, "Too many requests", reason)
  made.headers["Retry-After"] = seconds
  return made
end

--- The gateway cannot find out: nobody passes, and the client may try again after `seconds` (RFC 9110, section 10.2.3).
function refusal.unavailable(reason, seconds)
  local made = answer(503, "Service unavailable", reason)
  made.headers["Retry-After"] = seconds
  return made
end

return refusal

--- Verifies that whoever sends a bound token holds its key (DPoP, RFC 9449, section 4.3). Everything here but the memory of proofs is decided from
-- arguments alone.

local base64url = require "kong.plugins.authctl-token-guard.base64url"
local json = require "kong.plugins.authctl-token-guard.json"
local jwks = require "kong.plugins.authctl-token-guard.jwks"
local lists = require "kong.plugins.authctl-token-guard.lists"
local memory = require "kong.plugins.authctl-token-guard.memory"
local nonce = require "kong.plugins.authctl-token-guard.nonce"
local signature = require "kong.plugins.authctl-token-guard.signature"
local target = require "kong.plugins.authctl-token-guard.target"

local resty_sha256 = require "resty.sha256"

local contains = lists.contains
local find, lower, match, sub = string.find, string.lower, string.match, string.sub

local proof = {}

--- Bytes of a proof at most: one with an RSA key of 8192 bits is a little shorter.
local most = 4096
local depth = 4

--- Header members that would change how the proof is read, or name another key than `jwk` (RFC 7515, section 4.1).
local refused_members = { "crit", "jku", "x5u", "x5c", "b64", "zip", "enc" }

local function hash(text)
  local sha256 = resty_sha256:new()
  sha256:update(text)
  return base64url.encode(sha256:final())
end

local function read_object(segment)
  local text = base64url.decode(segment, true)
  local object = text and json.decode(text, depth)
  return json.is_object(object) and object or nil
end

--- The one proof of a request, in its parts; or nil and the reason.
local function read(values)
  if not values then return nil, "no proof" end
  if #values > 1 then return nil, "two proofs" end
  if #values[1] > most then return nil, "size" end
  local header_part, payload_part, signature_part = match(values[1], "^([%w_-]+)%.([%w_-]+)%.([%w_-]+)$")
  if not header_part then return nil, "structure" end
  local header, claims = read_object(header_part), read_object(payload_part)
  if not header or not claims then return nil, "no JSON objects" end
  local bytes = base64url.decode(signature_part, true)
  if not bytes then return nil, "signature encoding" end
  return { header = header, claims = claims, signed = sub(values[1], 1, #header_part + 1 + #payload_part), bytes = bytes }
end

--- The key that the proof names, which must be a public one, of its algorithm, and the one of the token; or nil and the reason.
local function key_of(header, algorithms, bound_to)
  if type(header.typ) ~= "string" or lower(header.typ) ~= "dpop+jwt" then return nil, "typ" end
  if type(header.alg) ~= "string" or not contains(algorithms, header.alg) then return nil, "algorithm" end
  for _, name in ipairs(refused_members) do
    if header[name] ~= nil then return nil, "header member " .. name end
  end
  if not json.is_object(header.jwk) then return nil, "jwk" end
  local key = jwks.public(header.jwk)
  if not key then return nil, "jwk: no public key for signatures" end
  if not key.algorithms[header.alg] then return nil, "jwk: not for " .. header.alg end
  if hash(key.jwk) ~= bound_to then return nil, "another key than the token's" end
  return key
end

--- The reason why the proof is not for this request, with this token, now; or nil.
local function mismatch(conf, claims, asked, token, now)
  if claims.htm ~= asked.method then return "htm" end
  if type(claims.htu) ~= "string" or not target.is_one_of(claims.htu, conf.dpop_origins, asked.path) then return "htu" end
  local iat = claims.iat
  if type(iat) ~= "number" then return "iat" end
  if iat < now - conf.dpop_window - conf.leeway or iat > now + conf.leeway then return "iat: not fresh" end
  if claims.ath ~= hash(token) then return "ath" end
  local jti = claims.jti
  if type(jti) ~= "string" or #jti < 1 or #jti > 255 or find(jti, "[%c\128-\255]") then return "jti" end
  return nil
end

--- The thumbprint that a token is bound to (RFC 9449, section 6.1), or nil for one that is not, or not in this way alone.
function proof.key_of(claims)
  local cnf = claims.cnf
  if not json.is_object(cnf) or type(cnf.jkt) ~= "string" or cnf["x5t#S256"] ~= nil or cnf.jwk ~= nil then return nil end
  return cnf.jkt
end

--- Seconds for which a proof is known that was shown: it may say that it is of `leeway` later than now, and is taken for `leeway` longer than the window, by
-- a node whose clock is `leeway` behind that of the one that notes it.
local function known_for(conf)
  return conf.dpop_window + 3 * conf.leeway + 1
end

--- Judges the proof of a request that shows `token`, whose signature holds, bound to the key with the thumbprint `bound_to`. { reason, unavailable, nonce }:
-- `reason` is nil when it is good; `unavailable` when that it is not is no fault of the client; `nonce` is what the client is to be told for its next proof,
-- and `asks_nonce` says that the lack of it is the reason. `asked`: { method, path (raw), headers }.
function proof.judge(conf, asked, token, bound_to, now)
  local shown, reason = read(asked.headers.dpop)
  if not shown then return { reason = reason } end
  local key
  key, reason = key_of(shown.header, conf.dpop_algorithms, bound_to)
  if not key then return { reason = reason } end
  reason = mismatch(conf, shown.claims, asked, token, now)
  if reason then return { reason = reason } end
  local holds, why = signature.holds(key, shown.header.alg, shown.signed, shown.bytes)
  if not holds then return { reason = why } end
  local good, next_nonce, failure = true, nil, nil
  if nonce.is_asked(conf) then good, next_nonce, failure = nonce.judge(conf, shown.claims.nonce, now) end
  if failure then return { reason = "no nonce can be made: " .. failure, unavailable = true } end
  if not good then return { reason = "nonce", asks_nonce = true, nonce = next_nonce } end
  local first, err = memory.once(conf, hash(bound_to .. " " .. shown.claims.jti), known_for(conf))
  if first == nil then return { reason = err, unavailable = true } end
  return { reason = not first and "shown before" or nil, nonce = next_nonce }
end

return proof

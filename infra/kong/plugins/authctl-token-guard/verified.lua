--- The token of this request, if its signature was verified: by the guard itself, or by a plugin of Kong that ran in between.

local verified = {}

--- Tokens of which the guard has verified the signature, as "own" or "further". Not a field of theirs: others can write that.
local vouched = setmetatable({}, { __mode = "k" })

--- The guard has verified the signature of this token (what it leaves in `kong.ctx.shared.authctl_token`). `further`: it is of another than the one issuer.
function verified.vouch(token, further)
  vouched[token] = further and "further" or "own"
end

--- True for a token of a further issuer: its roles, its sign-in and the names in it are that issuer's, and mean nothing among ours.
function verified.is_further(token)
  return vouched[token] == "further"
end

--- What a guard left in `kong.ctx.shared.authctl_token`, or nil. Where authctl-token-guard has not verified the signature itself, it counts only when jwt
-- authenticated with the credential of the same key id, and verified the same text; an anonymous consumer has no credential.
function verified.token()
  local token = kong.ctx.shared.authctl_token
  if type(token) ~= "table" or type(token.claims) ~= "table" then return nil end
  if vouched[token] then return token end
  local credential = kong.client.get_credential()
  if type(credential) ~= "table" then return nil end
  if credential.key ~= token.kid or kong.ctx.shared.authenticated_jwt_token ~= token.raw then return nil end
  return token
end

return verified

--- The token of this request, if its signature was verified by a plugin of Kong that ran in between.

local verified = {}

--- What a guard left in `kong.ctx.shared.authctl_token`, or nil. After authctl-token-guard it counts only when jwt authenticated with the credential
-- of the same key id, and verified the same text; an anonymous consumer has no credential.
function verified.token()
  local token = kong.ctx.shared.authctl_token
  if type(token) ~= "table" or type(token.claims) ~= "table" then return nil end
  local credential = kong.client.get_credential()
  if type(credential) ~= "table" then return nil end
  if credential.key ~= token.kid or kong.ctx.shared.authenticated_jwt_token ~= token.raw then return nil end
  return token
end

return verified

package = "authctl-token-guard"
version = "0.1.0-1"
source = { url = "." }
description = {
  summary = "Judges an access token before the jwt plugin verifies its signature, or verifies that, too",
  license = "Apache-2.0",
}
dependencies = { "lua >= 5.1, < 5.2" }
build = {
  type = "builtin",
  modules = {
    ["kong.plugins.authctl-token-guard.base64url"] = "base64url.lua",
    ["kong.plugins.authctl-token-guard.certificate"] = "certificate.lua",
    ["kong.plugins.authctl-token-guard.claims"] = "claims.lua",
    ["kong.plugins.authctl-token-guard.cookies"] = "cookies.lua",
    ["kong.plugins.authctl-token-guard.followed"] = "followed.lua",
    ["kong.plugins.authctl-token-guard.handler"] = "handler.lua",
    ["kong.plugins.authctl-token-guard.headers"] = "headers.lua",
    ["kong.plugins.authctl-token-guard.http"] = "http.lua",
    ["kong.plugins.authctl-token-guard.intake"] = "intake.lua",
    ["kong.plugins.authctl-token-guard.jose"] = "jose.lua",
    ["kong.plugins.authctl-token-guard.json"] = "json.lua",
    ["kong.plugins.authctl-token-guard.jwks"] = "jwks.lua",
    ["kong.plugins.authctl-token-guard.lists"] = "lists.lua",
    ["kong.plugins.authctl-token-guard.memory"] = "memory.lua",
    ["kong.plugins.authctl-token-guard.nonce"] = "nonce.lua",
    ["kong.plugins.authctl-token-guard.origin"] = "origin.lua",
    ["kong.plugins.authctl-token-guard.parameters"] = "parameters.lua",
    ["kong.plugins.authctl-token-guard.path"] = "path.lua",
    ["kong.plugins.authctl-token-guard.pinned"] = "pinned.lua",
    ["kong.plugins.authctl-token-guard.proof"] = "proof.lua",
    ["kong.plugins.authctl-token-guard.redis"] = "redis.lua",
    ["kong.plugins.authctl-token-guard.refusal"] = "refusal.lua",
    ["kong.plugins.authctl-token-guard.request"] = "request.lua",
    ["kong.plugins.authctl-token-guard.response"] = "response.lua",
    ["kong.plugins.authctl-token-guard.schema"] = "schema.lua",
    ["kong.plugins.authctl-token-guard.signature"] = "signature.lua",
    ["kong.plugins.authctl-token-guard.target"] = "target.lua",
    ["kong.plugins.authctl-token-guard.trusted"] = "trusted.lua",
    ["kong.plugins.authctl-token-guard.verified"] = "verified.lua",
  },
}

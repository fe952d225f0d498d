package = "authctl-phantom-token"
version = "0.1.0-1"
source = { url = "." }
description = {
  summary = "Changes an opaque token into the JWT behind it by token exchange or introspection",
  license = "Apache-2.0",
}
dependencies = { "lua >= 5.1, < 5.2", "authctl-token-guard >= 0.1.0", "authctl-token-handle >= 0.1.0" }
build = {
  type = "builtin",
  modules = {
    ["kong.plugins.authctl-phantom-token.behind"] = "behind.lua",
    ["kong.plugins.authctl-phantom-token.exchange"] = "exchange.lua",
    ["kong.plugins.authctl-phantom-token.failures"] = "failures.lua",
    ["kong.plugins.authctl-phantom-token.handler"] = "handler.lua",
    ["kong.plugins.authctl-phantom-token.introspection"] = "introspection.lua",
    ["kong.plugins.authctl-phantom-token.issuer"] = "issuer.lua",
    ["kong.plugins.authctl-phantom-token.schema"] = "schema.lua",
    ["kong.plugins.authctl-phantom-token.token_exchange"] = "token_exchange.lua",
  },
}

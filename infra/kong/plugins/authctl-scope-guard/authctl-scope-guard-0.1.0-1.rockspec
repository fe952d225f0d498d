package = "authctl-scope-guard"
version = "0.1.0-1"
source = { url = "." }
description = {
  summary = "Asks a verified token for the scopes, the roles and the sign-in of a route",
  license = "Apache-2.0",
}
dependencies = { "lua >= 5.1, < 5.2", "authctl-token-guard >= 0.1.0" }
build = {
  type = "builtin",
  modules = {
    ["kong.plugins.authctl-scope-guard.handler"] = "handler.lua",
    ["kong.plugins.authctl-scope-guard.identity"] = "identity.lua",
    ["kong.plugins.authctl-scope-guard.schema"] = "schema.lua",
    ["kong.plugins.authctl-scope-guard.scopes"] = "scopes.lua",
    ["kong.plugins.authctl-scope-guard.step_up"] = "step_up.lua",
  },
}

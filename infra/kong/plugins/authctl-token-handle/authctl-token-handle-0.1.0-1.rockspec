package = "authctl-token-handle"
version = "0.1.0-1"
source = { url = "." }
description = {
  summary = "Gives clients handles in place of the tokens of an issuer",
  license = "Apache-2.0",
}
dependencies = { "lua >= 5.1, < 5.2", "authctl-token-guard >= 0.1.0" }
build = {
  type = "builtin",
  modules = {
    ["kong.plugins.authctl-token-handle.endpoint"] = "endpoint.lua",
    ["kong.plugins.authctl-token-handle.handler"] = "handler.lua",
    ["kong.plugins.authctl-token-handle.handles"] = "handles.lua",
    ["kong.plugins.authctl-token-handle.schema"] = "schema.lua",
  },
}

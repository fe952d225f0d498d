package = "authctl-token-cookie"
version = "0.1.0-1"
source = { url = "." }
description = {
  summary = "Keeps a verified access token in a cookie that no script can read",
  license = "Apache-2.0",
}
dependencies = { "lua >= 5.1, < 5.2", "authctl-token-guard >= 0.1.0" }
build = {
  type = "builtin",
  modules = {
    ["kong.plugins.authctl-token-cookie.cookie"] = "cookie.lua",
    ["kong.plugins.authctl-token-cookie.handler"] = "handler.lua",
    ["kong.plugins.authctl-token-cookie.schema"] = "schema.lua",
  },
}

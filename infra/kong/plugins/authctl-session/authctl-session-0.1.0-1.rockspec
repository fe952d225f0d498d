package = "authctl-session"
version = "0.1.0-1"
source = { url = "." }
description = {
  summary = "Changes a session cookie into the JWT that the session service keeps for it",
  license = "Apache-2.0",
}
dependencies = { "lua >= 5.1, < 5.2", "authctl-token-guard >= 0.1.0" }
build = {
  type = "builtin",
  modules = {
    ["kong.plugins.authctl-session.handler"] = "handler.lua",
    ["kong.plugins.authctl-session.question"] = "question.lua",
    ["kong.plugins.authctl-session.schema"] = "schema.lua",
  },
}

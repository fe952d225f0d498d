package = "authctl-opa"
version = "0.1.0-1"
source = { url = "." }
description = {
  summary = "Asks an Open Policy Agent about every request",
  license = "Apache-2.0",
}
dependencies = { "lua >= 5.1, < 5.2", "authctl-token-guard >= 0.1.0" }
build = {
  type = "builtin",
  modules = {
    ["kong.plugins.authctl-opa.answer"] = "answer.lua",
    ["kong.plugins.authctl-opa.handler"] = "handler.lua",
    ["kong.plugins.authctl-opa.input"] = "input.lua",
    ["kong.plugins.authctl-opa.question"] = "question.lua",
    ["kong.plugins.authctl-opa.schema"] = "schema.lua",
  },
}

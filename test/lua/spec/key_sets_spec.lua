require "support.host"
local cjson = require "cjson.safe"
local json = require "kong.plugins.authctl-token-guard.json"
local jwks = require "kong.plugins.authctl-token-guard.jwks"

-- The same list holds the middleware of services (test/unit/claims): both readers take the same keys.
local file = assert(io.open("../data/claims/keys.json"))
local text = file:read("*a")
file:close()
local vectors = assert(json.decode(text))

describe("a key set with", function()
  for index, case in ipairs(vectors.cases) do
    it(case.name .. (case.found and " has" or " has not") .. " what the token names, as the middleware says", function()
      local keys = jwks.read(cjson.encode({ keys = cjson.decode(text).cases[index].keys })) or {}
      local key = keys[case.header.kid]
      assert.equal(case.found, key ~= nil and key.algorithms[case.header.alg] == true)
    end)
  end
end)

require "support.host"
local json = require "kong.plugins.authctl-token-guard.json"
local claims_check = require "kong.plugins.authctl-token-guard.claims"

-- The same list holds the middleware of services (test/unit/claims): both readers judge alike.
local file = assert(io.open("../data/claims/vectors.json"))
local vectors = assert(json.decode(file:read("*a")))
file:close()

local names = { tokenTypes = "token_types", tokenTypeClaim = "token_type_claim", maxLifetime = "max_lifetime", maxAge = "max_age" }

describe("the claims", function()
  for _, case in ipairs(vectors.cases) do
    it("of " .. case.name .. " are judged as the middleware does", function()
      local conf, claims = {}, {}
      for _, rules in ipairs { vectors.rules, case.rules } do
        for name, value in pairs(rules) do conf[names[name] or name] = value end
      end
      for _, part in ipairs { vectors.claims, case.claims } do
        for name, value in pairs(part) do claims[name] = value end
      end
      for name, value in pairs(claims) do
        if value == "<absent>" then claims[name] = nil end
      end
      local wanted = case.reason
      if wanted == ngx.null then wanted = nil end
      assert.equal(wanted, claims_check.judge(conf, claims, case.headerType, vectors.now))
    end)
  end
end)

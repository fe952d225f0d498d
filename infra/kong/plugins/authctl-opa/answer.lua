--- Reads what OPA's Data API answered (POST /v1/data/<path>): a yes is `true`, or an object whose one field (`allow`) is `true`; nothing else is.

local json = require "kong.plugins.authctl-token-guard.json"

local answer = {}

local longest_reasons = 1000

--- The policy's `reasons` as one quoted text for the log.
local function reasons_of(result)
  if not json.is_object(result) or not json.is_array(result.reasons) then return "the policy says no" end
  local texts = {}
  for _, reason in ipairs(result.reasons) do
    if type(reason) == "string" then texts[#texts + 1] = reason end
  end
  return "the policy says no: " .. json.quote(string.sub(table.concat(texts, "; "), 1, longest_reasons))
end

local function id_of(document)
  local id = document.decision_id
  return type(id) == "string" and string.find(id, "^[%w-]+$") and #id <= 64 and id or nil
end

--- { allow, why, id } for an answer that can be judged; nil and the reason when it cannot (not 200, not JSON): the caller then knows nothing.
-- An undefined decision is no: OPA answers 200 without a result, for instance while its bundle is not there yet.
function answer.read(response, field)
  if response.status ~= 200 then return nil, string.format("OPA answered %d", response.status) end
  local document, err = json.decode(response.body)
  if not json.is_object(document) then return nil, "OPA's answer is no JSON object: " .. (err or "another type") end
  local result = document.result
  if result == nil then return { allow = false, why = "the decision is undefined", id = id_of(document) } end
  local allow = result == true or (json.is_object(result) and result[field] == true)
  return { allow = allow, why = not allow and reasons_of(result) or nil, id = id_of(document) }
end

return answer

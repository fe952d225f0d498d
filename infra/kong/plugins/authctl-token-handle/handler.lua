--- authctl-token-handle: stands in front of the issuer's token and revocation endpoints, so that clients hold handles and never a token.

local endpoint = require "kong.plugins.authctl-token-handle.endpoint"
local refusal = require "kong.plugins.authctl-token-guard.refusal"

--- After rate limiting (910), which bounds guessing at the endpoint.
local TokenHandle = { PRIORITY = 790, VERSION = "0.1.0" }

local longest_form = 65536
local retry_after = "1"

local function serve(conf)
  if kong.request.get_method() ~= "POST" then return refusal.too_large(405, "Method not allowed", "not POST") end
  local sent = kong.request.get_headers(1000)
  local content_type = sent["content-type"]
  if type(content_type) ~= "string" or not string.find(string.lower(content_type), "^application/x%-www%-form%-urlencoded%s*;?") then
    return refusal.too_large(415, "Unsupported media type", "not a form")
  end
  local form = kong.request.get_raw_body(longest_form)
  if not form or #form > longest_form then return refusal.too_large(413, "Payload too large", "the form is too long") end
  local answer, failed = endpoint.forward(conf, form, sent.authorization)
  if not answer then return refusal.unavailable(failed, retry_after) end
  return answer
end

function TokenHandle:access(conf)
  local answer = serve(conf)
  if answer.reason then kong.log[answer.status == 503 and "err" or "info"]("refused: ", answer.reason) end
  return kong.response.exit(answer.status, answer.body, answer.headers)
end

return TokenHandle

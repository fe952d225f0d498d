--- The fields that `jwt` reads (GET /schemas/plugins/jwt), and the credential.

local function list(default) return { type = "array", default = default } end

return {
  name = "jwt",
  fields = { { config = { type = "record", fields = {
    { uri_param_names = list({ "jwt" }) },
    { cookie_names = list({}) },
    { header_names = list({ "authorization" }) },
    { claims_to_verify = list(nil) },
    { key_claim_name = { type = "string", default = "iss" } },
    { secret_is_base64 = { type = "boolean", default = false } },
    { run_on_preflight = { type = "boolean", default = true } },
    { maximum_expiration = { type = "number", default = 0 } },
    { credential = { type = "string" } },
  } } } },
}

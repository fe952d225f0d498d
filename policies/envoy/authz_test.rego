package envoy.authz_test

import data.envoy.authz

token(claims) := io.jwt.encode_sign({"alg": "HS256"}, claims, {"kty": "oct", "k": "c2VjcmV0"})

asked(method, path, authorization) := {
	"attributes": {"request": {"http": {"method": method, "path": path, "headers": authorization}}},
	"parsed_path": split(trim_left(path, "/"), "/"),
}

bearer(scope, roles, more) := {"authorization": sprintf("Bearer %s", [token(object.union({"sub": "a", "scope": scope, "realm_access": {"roles": roles}}, more))])}

shop := {"rules": [
	{"methods": ["GET", "HEAD"], "path": "orders", "scope": "orders:read"},
	{"methods": ["GET", "HEAD"], "path": "orders/*", "scope": "orders:read"},
	{"methods": ["POST"], "path": "orders", "scope": "orders:write", "roles": ["order-writer"]},
	{"methods": ["DELETE"], "path": "orders/*", "scope": "orders:write", "roles": ["admin"]},
	{"methods": ["GET", "HEAD"], "path": "invoices/*", "scope": "invoices:read", "roles": ["customer", "support"]},
]}

allowed(request) if authz.decision.allowed with input as request with data.envoy.shop as shop

customer := bearer("openid orders:read orders:write invoices:read", ["customer", "order-writer"], {})

test_who_may_passes if {
	allowed(asked("GET", "/orders", customer))
	allowed(asked("HEAD", "/orders/41", customer))
	allowed(asked("POST", "/orders", customer))
	allowed(asked("GET", "/invoices/41", customer))
}

test_a_missing_scope_is_refused if {
	not allowed(asked("GET", "/orders", bearer("invoices:read", ["customer"], {})))
}

test_a_missing_role_is_refused if not allowed(asked("DELETE", "/orders/41", customer))

test_what_no_rule_takes_is_refused if {
	not allowed(asked("GET", "/orders/41/lines", customer))
	not allowed(asked("GET", "/", customer))
	not allowed(asked("PUT", "/orders", customer))
}

test_a_machine_acts_for_nobody if {
	not allowed(asked("POST", "/orders", bearer("orders:write", ["order-writer"], {"client_id": "reports"})))
	not allowed(asked("POST", "/orders", bearer("orders:write", ["order-writer"], {"preferred_username": "service-account-reports"})))
	allowed(asked("GET", "/orders", bearer("orders:read", [], {"client_id": "reports"})))
}

test_no_token_is_refused if {
	not allowed(asked("GET", "/orders", {}))
	not allowed(asked("GET", "/orders", {"authorization": "Basic YTpi"}))
	not allowed(asked("GET", "/orders", {"authorization": "Bearer opaque"}))
	not allowed({})
}

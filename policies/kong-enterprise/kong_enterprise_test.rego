package shop.kong_enterprise_test

import data.shop.kong_enterprise

blueprint := {
	"issuer": "https://id.example/realms/shop",
	"services": {"orders": {"audience": "orders", "routes": {
		"list": {"methods": ["GET", "HEAD"], "path": "/orders", "public": false, "scopes": ["orders:read"], "roles": []},
		"read": {"methods": ["GET", "HEAD"], "path": "/orders/{id}", "public": false, "scopes": ["orders:read"], "roles": []},
	}}},
	"roles": {},
}

token(claims) := concat(".", ["e30", base64url.encode_no_pad(json.marshal(claims)), "c2ln"])

good := {"iss": "https://id.example/realms/shop", "aud": "orders", "scope": "openid orders:read"}

asked(name, path, headers) := {
	"request": {"http": {"method": "GET", "path": path, "headers": headers}},
	"route": {"name": name},
	"client_ip": "192.0.2.7",
}

bearer(claims) := {"authorization": sprintf("Bearer %s", [token(claims)])}

test_a_good_token_passes if {
	kong_enterprise.allow with input as asked("shop.orders.list", "/orders", bearer(good)) with data.shop.blueprint as blueprint
}

test_a_missing_scope_is_refused if {
	claims := object.union(good, {"scope": "openid"})
	not kong_enterprise.allow with input as asked("shop.orders.list", "/orders", bearer(claims)) with data.shop.blueprint as blueprint
}

test_a_route_that_kong_did_not_take_is_refused if {
	not kong_enterprise.allow with input as asked("shop.orders.read", "/orders", bearer(good)) with data.shop.blueprint as blueprint
}

test_a_route_of_another_blueprint_is_refused if {
	not kong_enterprise.allow with input as asked("other.orders.list", "/orders", bearer(good)) with data.shop.blueprint as blueprint
}

test_no_token_two_tokens_and_no_jwt_are_refused if {
	every headers in [
		{},
		{"authorization": [sprintf("Bearer %s", [token(good)]), "Bearer x"]},
		{"authorization": "Bearer opaque"},
		{"authorization": "Basic YTpi"},
	] {
		not kong_enterprise.allow with input as asked("shop.orders.list", "/orders", headers) with data.shop.blueprint as blueprint
	}
}

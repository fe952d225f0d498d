package shop.authz_test

import data.shop.authz

blueprint := {
	"issuer": "https://id.example/realms/shop",
	"services": {
		"orders": {"audience": "orders", "routes": {
			"list": {"methods": ["GET", "HEAD"], "path": "/orders", "public": false, "scopes": ["orders:read"], "roles": []},
			"read": {"methods": ["GET", "HEAD"], "path": "/orders/{id}", "public": false, "scopes": ["orders:read"], "roles": []},
			"place": {
				"methods": ["POST"], "path": "/orders", "public": false,
				"scopes": ["orders:write"], "roles": ["customer", "admin"],
			},
			"triage": {
				"methods": ["GET", "HEAD"], "path": "/orders/{id}/tickets/{ticket}", "public": false,
				"scopes": ["orders:read"], "roles": ["support"],
			},
			"search": {"methods": ["GET", "HEAD", "POST"], "path": "/orders/**", "public": false, "scopes": ["orders:search"], "roles": []},
			"admin": {
				"methods": ["GET", "HEAD"], "path": "/orders/admin/**", "public": false,
				"scopes": ["orders:read"], "roles": ["admin"],
			},
			"partners": {
				"methods": ["GET", "HEAD"], "path": "/orders", "public": false, "hosts": ["partners.example"],
				"scopes": ["orders:partners"], "roles": [],
			},
			"drafts": {
				"methods": ["GET", "HEAD"], "path": "/orders", "public": false, "hosts": ["partners.example"], "headers": {"x-stage": ["draft"]},
				"scopes": ["orders:drafts"], "roles": [],
			},
			"health": {"methods": ["GET", "HEAD"], "path": "/orders/health", "public": true, "scopes": [], "roles": []},
		}},
		"invoices": {"audience": "invoices", "routes": {"list": {
			"methods": ["GET", "HEAD"], "path": "/invoices", "public": false,
			"scopes": ["invoices:read"], "roles": [],
		}}},
	},
	"roles": {"customer": {"includes": []}, "support": {"includes": []}, "admin": {"includes": ["support"]}},
}

no_route := "the blueprint declares no such route, or the caller named another one"

no_token := "there is no verified token"

other_issuer := "the token is from another issuer"

other_audience := "the token is for another audience"

no_scope := "a scope is missing"

no_role := "the route is for people with a role that the caller does not have"

token(scope, roles) := {
	"iss": "https://id.example/realms/shop",
	"sub": "7f3c",
	"aud": "orders",
	"azp": "storefront",
	"scope": scope,
	"realm_access": {"roles": roles},
}

request(method, path, id, claims) := {
	"request": {"method": method, "path": path, "segments": [], "query": {}},
	"route": {"service": "orders", "id": id, "params": {}},
	"token": claims,
	"source": "kong",
}

decide(request) := {"allow": allow, "reasons": reasons} if {
	allow := authz.allow with input as request with data.shop.blueprint as blueprint
	reasons := authz.reasons with input as request with data.shop.blueprint as blueprint
}

allowed(request) if decide(request) == {"allow": true, "reasons": set()}

refused(request, reasons) if decide(request) == {"allow": false, "reasons": reasons}

customer := token("openid orders:read orders:write", ["customer"])

test_a_scope_is_enough_where_no_role_is_demanded if {
	allowed(request("GET", "/orders", "list", customer))
	allowed(request("GET", "/orders/41", "read", customer))
}

test_one_of_several_roles_is_enough if allowed(request("POST", "/orders", "place", customer))

test_a_role_brings_the_roles_it_includes if {
	allowed(request("GET", "/orders/41/tickets/2", "triage", token("orders:read", ["admin"])))
}

test_head_goes_with_get if allowed(request("HEAD", "/orders/41", "read", customer))

test_what_is_below_a_path_is_one_route if {
	allowed(request("GET", "/orders/2026/05/41", "search", token("orders:search", [])))
	allowed(request("POST", "/orders/41", "search", token("orders:search", [])))
	refused(request("GET", "/orders/2026/05/41", "search", token("orders:read", [])), {no_scope})
}

test_a_prefix_takes_nothing_of_an_exact_path_or_of_a_longer_one if {
	refused(request("GET", "/orders/41", "search", token("orders:search", [])), {no_route})
	refused(request("GET", "/orders/health", "search", token("orders:search", [])), {no_route})
	refused(request("GET", "/orders/admin/a/b", "search", token("orders:search", [])), {no_route})
	allowed(request("GET", "/orders/admin/a/b", "admin", token("orders:read", ["admin"])))
	refused(request("GET", "/ordersX/a/b", "search", token("orders:search", [])), {no_route})
}

test_hosts_and_headers_make_several_routes_of_one_path if {
	allowed(request("GET", "/orders", "partners", token("orders:partners", [])))
	allowed(request("GET", "/orders", "drafts", token("orders:drafts", [])))
	refused(request("GET", "/orders", "drafts", token("orders:partners", [])), {no_scope})
	refused(request("GET", "/orders/41", "partners", token("orders:partners", [])), {no_route})
}

test_a_missing_scope_is_refused if {
	refused(request("POST", "/orders", "place", token("orders:read", ["customer"])), {no_scope})
	refused(request("GET", "/orders", "list", token("orders:read:all", [])), {no_scope})
	refused(request("GET", "/orders", "list", object.remove(customer, ["scope"])), {no_scope})
}

test_a_missing_role_is_refused if {
	refused(request("POST", "/orders", "place", token("orders:write", ["support"])), {no_role})
	refused(request("POST", "/orders", "place", object.remove(customer, ["realm_access"])), {no_role})
	refused(request("POST", "/orders", "place", token("orders:write", ["owner"])), {no_role})
}

test_a_role_of_another_client_does_not_count if {
	claims := object.union(token("orders:write", []), {"resource_access": {"other": {"roles": ["admin"]}}})
	refused(request("POST", "/orders", "place", claims), {no_role})
}

test_a_service_account_passes_where_no_role_is_demanded if {
	allowed(request("GET", "/orders", "list", object.union(token("orders:read", []), {"client_id": "reports"})))
}

test_a_service_account_never_acts_for_a_person if {
	by_claim := object.union(customer, {"client_id": "reports"})
	by_name := object.union(customer, {"preferred_username": "service-account-reports"})
	refused(request("POST", "/orders", "place", by_claim), {no_role})
	refused(request("POST", "/orders", "place", by_name), {no_role})
	allowed(request("POST", "/orders", "place", object.union(customer, {"preferred_username": "alice"})))
}

test_an_audience_may_be_one_of_several if {
	allowed(request("GET", "/orders", "list", object.union(customer, {"aud": ["invoices", "orders"]})))
}

test_a_token_for_another_audience_is_refused if {
	refused(request("GET", "/orders", "list", object.union(customer, {"aud": "invoices"})), {other_audience})
	refused(request("GET", "/orders", "list", object.union(customer, {"aud": ["orders-v2", "account"]})), {other_audience})
	refused(request("GET", "/orders", "list", object.remove(customer, ["aud"])), {other_audience})
}

test_a_token_of_another_issuer_is_refused if {
	claims := object.union(customer, {"iss": "https://id.example/realms/shop/"})
	refused(request("GET", "/orders", "list", claims), {other_issuer})
}

test_no_token_is_refused if {
	refused(request("GET", "/orders", "list", null), {no_token})
	refused(request("GET", "/orders", "list", "eyJhbGciOi"), {no_token})
	refused(object.remove(request("GET", "/orders", "list", null), ["token"]), {no_token})
}

test_a_public_route_takes_anyone if {
	allowed(request("GET", "/orders/health", "health", null))
	allowed(request("GET", "/orders/health", "health", customer))
}

test_the_most_literal_route_decides if {
	refused(request("GET", "/orders/health", "read", customer), {no_route})
	refused(request("GET", "/orders/41", "health", null), {no_route})
}

test_what_the_caller_calls_the_route_must_agree_with_the_request if {
	refused(request("POST", "/orders", "list", customer), {no_route})
	refused(request("GET", "/orders", "nothing", customer), {no_route})
	elsewhere := object.union(request("GET", "/orders", "list", customer), {"route": {"service": "invoices", "id": "list"}})
	refused(elsewhere, {no_route})
}

test_a_path_that_no_route_declares_is_refused if {
	refused(request("GET", "/orders/", "read", customer), {no_route})
	refused(request("GET", "/orders/41/", "read", customer), {no_route})
	refused(request("GET", "orders/41", "read", customer), {no_route})
	refused(request("get", "/orders", "list", customer), {no_route})
	refused(request("GET", "/ORDERS", "list", customer), {no_route})
	refused(request("DELETE", "/orders/41", "read", customer), {no_route})
}

test_an_empty_question_is_refused if refused({}, {no_route})

test_without_the_blueprint_everything_is_refused if {
	question := request("GET", "/orders/health", "health", customer)
	not authz.allow with input as question with data.shop.blueprint as {}
}

test_several_reasons_are_all_told if {
	claims := object.union(token("", []), {"aud": "invoices", "iss": "https://evil.example"})
	refused(request("POST", "/orders", "place", claims), {other_issuer, other_audience, no_scope, no_role})
}

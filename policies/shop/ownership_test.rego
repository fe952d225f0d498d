package shop.ownership_test

import data.shop.authz

blueprint := {
	"issuer": "https://id.example/realms/shop",
	"services": {"orders": {"audience": "orders", "routes": {
		"list": {"methods": ["GET", "HEAD"], "path": "/orders", "public": false, "scopes": ["orders:read"], "roles": []},
		"read": {
			"methods": ["GET", "HEAD"], "path": "/orders/{id}", "public": false,
			"scopes": ["orders:read"], "roles": [], "ownedBy": "id", "anyOwner": ["support"],
		},
	}}},
	"roles": {"customer": {"includes": []}, "support": {"includes": []}, "admin": {"includes": ["support"]}},
}

foreign := "the object belongs to somebody else, or to nobody"

token(name, roles) := {
	"iss": "https://id.example/realms/shop",
	"sub": "7f3c",
	"aud": "orders",
	"scope": "openid orders:read",
	"preferred_username": name,
	"realm_access": {"roles": roles},
}

read(claims, owner) := {
	"request": {"method": "GET", "path": "/orders/1001", "segments": ["orders", "1001"], "query": {}},
	"route": {"service": "orders", "id": "read", "params": {"id": "1001"}},
	"object": {"owner": owner},
	"token": claims,
	"source": "service",
}

reasons_of(question) := reasons if {
	reasons := authz.reasons with input as question with data.shop.blueprint as blueprint
}

allowed(question) if {
	authz.allow with input as question with data.shop.blueprint as blueprint
	reasons_of(question) == set()
}

refused(question) if {
	not authz.allow with input as question with data.shop.blueprint as blueprint
	reasons_of(question) == {foreign}
}

alice := token("alice", ["customer"])

test_the_owner_may if allowed(read(alice, "alice"))

test_somebody_else_may_not if refused(read(alice, "bob"))

test_a_role_may_use_anybodys if allowed(read(token("sam", ["support"]), "bob"))

test_a_role_that_includes_it_may_too if allowed(read(token("ada", ["admin"]), "bob"))

test_what_does_not_exist_is_nobodys if {
	missing := object.remove(read(alice, "alice"), ["object"])
	refused(missing)
	refused(object.union(missing, {"token": token("sam", ["support"])}))
	refused(object.union(missing, {"token": object.remove(alice, ["preferred_username"])}))
	refused(read(token("sam", ["support"]), null))
}

test_a_token_without_a_name_owns_nothing if {
	refused(read(object.remove(alice, ["preferred_username"]), "alice"))
	refused(read(token(null, ["customer"]), null))
}

test_a_service_account_owns_nothing if {
	refused(read(object.union(alice, {"client_id": "reports"}), "alice"))
	refused(read(token("service-account-reports", ["support"]), "service-account-reports"))
}

test_the_gateway_leaves_it_to_the_service if {
	at_the_gateway := object.union(object.remove(read(alice, "bob"), ["object"]), {"source": "kong"})
	allowed(at_the_gateway)
}

test_nobody_else_may_leave_it if {
	refused(object.union(read(alice, "bob"), {"source": "aws"}))
	refused(object.union(read(alice, "bob"), {"source": null}))
	refused(object.remove(read(alice, "bob"), ["source"]))
}

test_a_route_without_owners_asks_for_none if {
	list := {
		"request": {"method": "GET", "path": "/orders", "segments": ["orders"], "query": {}},
		"route": {"service": "orders", "id": "list", "params": {}},
		"token": object.remove(alice, ["preferred_username"]),
		"source": "service",
	}
	allowed(list)
}

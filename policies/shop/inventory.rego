# METADATA
# title: Which declared route is this request?
# description: |
#   The caller says which route it took, and method and path say which one it should be. They must agree, or some gateway has a
#   route that the blueprint does not know.
package shop.inventory

service := data.shop.blueprint.services[input.route.service]

route := service.routes[input.route.id]

open if {
	declared
	route.public == true
}

closed if {
	declared
	not route.public == true
}

declared if {
	some literals in {count | some [_, _, count] in candidates}
	every candidate in candidates {
		candidate[2] <= literals
	}
	{[owner, id] | some [owner, id, count] in candidates; count == literals} == {[input.route.service, input.route.id]}
}

# METADATA
# description: |
#   Every route that method and path match, with how literal it is; the most literal one decides. An exact path comes before everything
#   below one (`/orders/**`), and of two of those the longer. Hosts and headers are the gateway's to tell, and it asks a route that has
#   some first: so the question is which one it is of those that are known by the same.
candidates contains [owner, id, 1000 + count(literals)] if {
	some owner, declaration in data.shop.blueprint.services
	some id, candidate in declaration.routes
	known_alike(candidate)
	some form in forms(candidate)
	input.request.method in form.methods
	not endswith(form.path, "/**")
	template := split(form.path, "/")
	count(template) == count(segments)
	every index, part in template {
		segment_matches(part, segments[index])
	}
	literals := [part | some part in template; not is_variable(part)]
}

candidates contains [owner, id, count(split(base, "/"))] if {
	some owner, declaration in data.shop.blueprint.services
	some id, candidate in declaration.routes
	known_alike(candidate)
	some form in forms(candidate)
	input.request.method in form.methods
	endswith(form.path, "/**")
	base := trim_suffix(form.path, "**")
	startswith(input.request.path, base)
}

# A route whose `match` lists several is known by each of them.
forms(candidate) := array.concat([candidate], object.get(candidate, "also", []))

known_alike(candidate) if {
	every condition in ["hosts", "headers"] {
		object.get(candidate, condition, null) == object.get(route, condition, null)
	}
}

segments := split(input.request.path, "/")

segment_matches(part, segment) if {
	not is_variable(part)
	part == segment
}

segment_matches(part, segment) if {
	is_variable(part)
	segment != ""
}

is_variable(part) if startswith(part, "{")

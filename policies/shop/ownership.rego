# METADATA
# title: Whose object is it?
# description: |
#   Only the service knows: it looks the object up and says whose it is (input.object.owner). The gateway cannot know, so it judges the
#   rest and leaves this to the service behind it, which asks the same policy once more.
package shop.ownership

import data.shop.caller
import data.shop.inventory

holds if not inventory.route.ownedBy

# Whoever asks without saying where it stands is a service.
holds if input.source == "kong"

holds if {
	somebodys
	input.object.owner == caller.name
	not caller.service_account
}

holds if {
	somebodys
	not caller.service_account
	some role in inventory.route.anyOwner
	role in caller.held_roles
}

# What does not exist is nobody's, and two names that are missing are not the same name.
somebodys if is_string(input.object.owner)
